"""Commands about what other programs are told and may do."""
