"""Disputes: open disputes to staff about who brought a client, and their rulings."""
