"""Client accounts, and each organization's own view of them."""
