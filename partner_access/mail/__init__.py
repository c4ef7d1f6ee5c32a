"""Mail: queued in the transaction that causes it, delivered after it, repeated until it is sent or visibly failed."""

from partner_access.mail.outbox import DELIVERY, queue, resend, take_back

__all__ = ["DELIVERY", "queue", "resend", "take_back"]
