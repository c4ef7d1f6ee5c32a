"""Accounts created on the client's behalf, until the client accepts them."""
