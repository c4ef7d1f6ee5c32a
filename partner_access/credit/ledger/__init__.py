"""The ledger: its entries, the counts kept with them, its periods, and the proof that nothing was changed."""
