"""The team: who is in it, what its people are called, who gets which mail."""
