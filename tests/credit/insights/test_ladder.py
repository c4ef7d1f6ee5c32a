"""What a client's row says: its status, whom we wait for until when, and the date that matters now."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from partner_access import clock
from partner_access.credit.insights import list_rows
from partner_access.credit.models import Client

NOW = datetime(2026, 10, 10, 12, tzinfo=UTC)
SIGNED_UP, SOON, LATE = (datetime(2026, 10, day, 9, tzinfo=UTC) for day in (3, 20, 8))
OPEN = {"state": "pending", "basis": "lead", "reason": "credited-lead", "hold_until": SOON}
ACTIVE = {"state": "active", "basis": "lead", "reason": "credited-lead", "active_from": LATE}
DECLINED = {"state": "declined", "reason": "lead-expired"}
ASKED = {"managed": "pending", "managed_at": SOON, "managed_reason": "managed-asked"}
MANAGED = {"managed": "active", "managed_at": LATE, "managed_reason": "managed-confirmed"}
LAPSED = {"managed": "ended", "managed_at": LATE, "managed_reason": "managed-lapsed"}
MANAGED_ONLY = {"state": "none", "reason": "no-touch"}


def row(**fields: Any) -> list_rows.ListRow:
    """The row of a client with these columns."""
    client = Client(
        id=uuid.UUID(int=1),
        company="Ferro",
        site="ferro.example",
        signed_up_at=SIGNED_UP,
        decided_at=SIGNED_UP,
        trace=[],
        **fields,
    )
    with clock.at(NOW):
        return list_rows.client_row(client, {})


@pytest.mark.parametrize(
    ("fields", "status", "label", "date", "words"),
    [
        (OPEN, "Pending", "Active on", SOON, "Waiting for the hold after the sign-up to end on 20 October 2026"),
        (OPEN | {"hand_over_by": SOON}, "Pending", "Accept by", SOON, "Waiting for the client to accept the account"),
        (OPEN | {"hand_over_by": LATE}, "Pending", "Accept by", LATE, "and has not: send it again."),
        (OPEN | {"hand_over_by": SOON, "review_by": LATE}, "In review", "Answer by", LATE, "answer by 8 October 2026."),
        (ACTIVE, "Active", "Since", LATE, "Credited"),
        (ACTIVE | {"review_by": SOON}, "In review", "Answer by", SOON, "staff look at it"),
        (ACTIVE | MANAGED | {"managed_at": SOON}, "Active", "Since", LATE, "Managed by you since 20 October 2026"),
        (DECLINED, "Not credited", "Signed up", SIGNED_UP, "had ended"),
        (DECLINED | {"review_by": SOON}, "In review", "Answer by", SOON, "had ended"),
        (DECLINED | MANAGED, "Active", "Since", LATE, "had ended"),
        (DECLINED | LAPSED, "Not credited", "Signed up", SIGNED_UP, "Silence is no consent"),
        (MANAGED_ONLY | ASKED, "Pending", "Answer by", SOON, "Claimed and waiting for the client to confirm"),
        (MANAGED_ONLY | MANAGED, "Active", "Since", LATE, "Managed by you since 8 October 2026"),
        (MANAGED_ONLY | LAPSED, "Ended", "Until", LATE, "Not managed because the client had not answered"),
        (MANAGED_ONLY | {"review_by": SOON}, "In review", "Answer by", SOON, "had no lead and no link"),
    ],
)  # fmt: skip
def test_the_row_says_what_it_waits_for_and_until_when(fields, status, label, date, words):
    shown = row(**fields)
    assert (shown.status.label, shown.date_label, shown.date) == (status, label, date)
    assert words in f"{shown.short} {shown.sentence}"
    assert "  " not in shown.sentence
