"""Sign-ups from the portal's own form: provisional until the client's mailbox is proved, or the vendor names them."""
