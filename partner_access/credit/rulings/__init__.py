"""Rulings: what staff decide about who brought a client, and another look that a partner asks for."""
