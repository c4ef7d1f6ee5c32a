"""What happened, by whom and for whom: written in the transaction of the act itself, never changed afterwards."""

from partner_access.audit.filters import EventFilter
from partner_access.audit.models import OrgEvent, StaffDecision
from partner_access.audit.records import (
    PAGE,
    history,
    listing,
    outside,
    record,
    stream,
    stream_outside,
    values,
)
from partner_access.audit.staff_decisions import (
    all_staff_decisions,
    checked,
    staff_decided,
    staff_decision,
    staff_decisions,
)

__all__ = [
    "PAGE",
    "EventFilter",
    "OrgEvent",
    "StaffDecision",
    "all_staff_decisions",
    "checked",
    "history",
    "listing",
    "outside",
    "record",
    "staff_decided",
    "staff_decision",
    "staff_decisions",
    "stream",
    "stream_outside",
    "values",
]
