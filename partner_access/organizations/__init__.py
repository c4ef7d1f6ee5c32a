"""Partner organizations: their domains, who is a member and how that came to be, who waits to be let in."""
