"""Where a sign-up came from, kept as evidence for staff: whose link, how soon after it was opened, which network."""

from __future__ import annotations

import uuid

from partner_access.credit.attribution.fact_finding import Evidence, Ties
from partner_access.credit.models import ClientAccount, SignUpOrigin
from partner_access.credit.touchpoints import visits
from partner_access.db import session


def note(account: ClientAccount, ties: Ties, evidence: Evidence) -> None:
    """Keep it for a sign-up that is tied to an opening, or was sent from the portal's own form."""
    opened = [fact for fact in evidence.visits if fact.how in ("cookie", "form")]
    before = [fact for fact in opened if fact.opened_at <= account.signed_up_at]
    last = max(before, key=lambda fact: fact.place, default=None)
    if last is None and ties.network is None:
        return
    link = last or next((fact for fact in evidence.visits if fact.how == "code"), None)
    if link is None:
        return
    since = None if last is None or account.is_day else account.signed_up_at - last.opened_at
    row = SignUpOrigin(
        client_account_id=account.id,
        org_id=uuid.UUID(link.org),
        seconds=None if since is None else int(since.total_seconds()),
        network=ties.network or (_network(int(last.id), ties) if last else None),
        signed_up_at=account.signed_up_at,
    )
    session().add(row)


def _network(number: int, ties: Ties) -> bytes | None:
    """The network of an opening; one that the sign-up named by its token is none of the ties."""
    tied = [row for row in ties.visits if row.number == number] or visits.of_numbers([number])
    return tied[0].network if tied else None
