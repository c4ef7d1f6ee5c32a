"""What happened, by whom and for whom: written in the transaction of the act itself, never changed afterwards."""

from partner_access.audit.records import PAGE, Which, history, listing, record, stream, values

__all__ = ["PAGE", "Which", "history", "listing", "record", "stream", "values"]
