"""Credit: links and visits, leads, sign-ups, the decision who brought a client, and the ledger of it."""
