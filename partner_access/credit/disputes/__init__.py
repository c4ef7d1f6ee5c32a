"""Disputes: open questions to staff about who brought a client, and their sides."""
