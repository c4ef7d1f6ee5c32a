"""What happened, by whom and for whom: written in the transaction of the act itself, never changed afterwards."""

from partner_access.audit.records import history, record

__all__ = ["history", "record"]
