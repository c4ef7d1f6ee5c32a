"""What happened, by whom and for whom: written in the transaction of the act itself, never changed afterwards."""

from partner_access.audit.models import OrgEvent, StaffDecision
from partner_access.audit.records import PAGE, history, listing, record, stream, values
from partner_access.audit.staff_decisions import checked, staff_decided, staff_decision, staff_decisions

__all__ = [
    "PAGE", "OrgEvent", "StaffDecision", "checked", "history", "listing", "record", "staff_decided", "staff_decision",
    "staff_decisions", "stream", "values",
]  # fmt: skip
