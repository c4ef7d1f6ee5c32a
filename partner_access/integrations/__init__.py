"""What other programs have of the portal: webhooks, and the feed of events that they are made of."""
