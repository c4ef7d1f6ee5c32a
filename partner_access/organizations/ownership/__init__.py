"""Owners who are gone: noticed, replaced by staff, or recovered by whoever has the domain."""
