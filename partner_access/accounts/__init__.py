"""People: requests for an account, proof of the mailbox, sign-in, sessions, passwords."""
