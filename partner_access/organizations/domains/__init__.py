"""E-mail domains: proved, disputed, and what they open."""
