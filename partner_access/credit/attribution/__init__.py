"""Attribution: sign-ups come in, facts are found, and the decision who brought the client is stored."""
