"""What other programs have of the portal: tokens of the API, webhooks, and the feed of events."""
