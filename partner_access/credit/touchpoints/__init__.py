"""What ties a client to a partner before the sign-up: leads and their queue, referral links, visits."""
