"""Sign-ups from files: what office programs make of a table, and what people write into its cells."""
