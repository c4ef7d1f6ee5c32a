"""Webhooks: events are posted to the addresses that the programme and organizations have named, signed and repeated."""
