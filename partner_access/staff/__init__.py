"""The programme's staff console: pages over the same functions that partners' own pages use."""
