"""Coming in: the decision where a proved mailbox belongs, invitations, join requests, applications."""
