"""Pausing and closing an organization, and taking one in by another."""
