"""Managed accounts: an organization claims one, its client or staff answer."""
