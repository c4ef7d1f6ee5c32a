"""Credit rows of one organization that another one takes over: copied with the same ids, so that their addresses go on.

What the first one had stays there as it was, ended. Who brought a client is not decided
here: org_mergers.py has that done afterwards. People and domains are moved by organizations/lifecycle/absorptions.py.
"""

from __future__ import annotations

import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, inspect, select, update

from partner_access import audit
from partner_access.clock import now
from partner_access.credit import deadlines
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.disputes import dispute_sides, disputes
from partner_access.credit.ledger import entries, totals
from partner_access.credit.managed import claim_states
from partner_access.credit.models import (
    Client,
    ClientAccount,
    Dispute,
    DisputeSide,
    Handover,
    LateClaim,
    Lead,
    ManagedAsk,
    ManagedClaim,
    ManagedSeat,
    ReferralLink,
    SiteHold,
)
from partner_access.credit.touchpoints import leads, site_holds
from partner_access.db import OrgOwned, acting, fresh, scope, session
from partner_access.organizations.models import Organization

REASON = "org-merged"
ASKED_ON = "Your organization has become part of another one, which is asked in its place."
NOWHERE = True, sys.maxsize
T = TypeVar("T", bound=OrgOwned)


@dataclass(frozen=True)
class MergerPair:
    """The organization that goes, and the one that stays."""

    gone: Organization
    stays: Organization

    @property
    def ids(self) -> tuple[uuid.UUID, uuid.UUID]:
        return self.gone.id, self.stays.id


def rows_of(model: type[T], org_id: uuid.UUID, *which: ColumnElement[bool]) -> Sequence[T]:
    """All of an organization's rows of one kind, as they are now, in the order in which they came to be.

    which: what is true of them, where not all are meant.
    """
    with acting(scope().actor, org_id):
        statement = select(model).where(*which).order_by(model.id)
        return fresh(statement).all()


def _copy(row: T, **changes: Any) -> T:
    """The same row for the bound organization, with some columns changed."""
    values = {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}
    copy = type(row)(**values | {"org_id": scope().org_id} | changes)
    session().add(copy)
    return copy


# -- leads and links --------------------------------------------------------------------------------------------------


def doubled(pair: MergerPair) -> list[Lead]:
    """Where both have a live lead for one site, the one that waits in the line for it; the later one where both do."""
    live = [{row.site: row for row in rows_of(Lead, org_id, Lead.ended_at.is_(None))} for org_id in pair.ids]
    both = sorted(live[0].keys() & live[1].keys())
    holds = {hold.lead_id: hold for hold in site_holds.of_leads([rows[site].id for rows in live for site in both])}
    places = {lead_id: hold.place for lead_id, hold in holds.items()}
    # one without a hold is for a client's website, and has no place in any line
    return [max((rows[site] for rows in live), key=lambda row: places.get(row.id, NOWHERE)) for site in both]


def take_leads(pair: MergerPair) -> None:
    """Every lead, with its place in the line for its site; the site is held as before."""
    for row in doubled(pair):
        with acting(scope().actor, row.org_id):
            leads.end(row, "withdrawn", now())
    own, open_hold = rows_of(Lead, pair.gone.id), (SiteHold.org_id == pair.gone.id, SiteHold.ended_at.is_(None))
    statement = update(SiteHold).where(*open_hold, SiteHold.registered_for.is_(None))
    session().execute(statement.values(registered_for=pair.gone.id))
    session().execute(update(SiteHold).where(*open_hold).values(org_id=pair.stays.id))
    live = [row for row in own if row.ended_at is None]
    with acting(scope().actor, pair.stays.id):
        for row in own:
            _copy(row)
        totals.add(leads=len(own), live_leads=len(live))
    with acting(scope().actor, pair.gone.id):
        for row in live:
            row.ended_at, row.end_reason = now(), "withdrawn"
            audit.record("lead.ended", subject=row.id, reason=REASON, site=row.site)
        totals.add(live_leads=-len(live))


def take_links(pair: MergerPair) -> None:
    """Every referral link; none is the primary one, and one whose label is taken says where it came from."""
    own, there = rows_of(ReferralLink, pair.gone.id), rows_of(ReferralLink, pair.stays.id)
    labels = {row.label.casefold() for row in there if row.lead_id is None}
    with acting(scope().actor, pair.stays.id):
        for row in own:
            is_taken = row.lead_id is None and (row.is_primary or row.label.casefold() in labels)
            _copy(row, is_primary=False, label=f"{row.label} ({pair.gone.name})" if is_taken else row.label)


# -- clients and what hangs on them -----------------------------------------------------------------------------------


def take_clients(pair: MergerPair) -> dict[uuid.UUID, uuid.UUID]:
    """Every client that it does not have already, without any credit so far; the id here for each id there."""
    there = {row.client_account_id: row.id for row in rows_of(Client, pair.stays.id)}
    own = rows_of(Client, pair.gone.id)
    with acting(scope().actor, pair.stays.id):
        for row in own:
            if row.client_account_id not in there:
                _copy(
                    row,
                    state="none",
                    basis=None,
                    reason=row.reason if row.state == "none" else "no-touch",
                    trace=[],
                    hold_until=None,
                    active_from=None,
                    ended_at=None,
                    end_reason=None,
                    comeback_at=None,
                    lead_id=None,
                    review_by=None,
                    managed=None,
                    managed_at=None,
                    managed_reason=None,
                )
    return {row.id: there.get(row.client_account_id, row.id) for row in own}


def take_handovers(pair: MergerPair, here: dict[uuid.UUID, uuid.UUID]) -> None:
    """Every account that it created for a client, and the links in the clients' mails; `here`: see take_clients()."""
    own = rows_of(Handover, pair.gone.id)
    with acting(scope().actor, pair.stays.id):
        for row in own:
            _copy(row, client_id=here[row.client_id])
            if row.accepted_at is None:
                clients.fetch(here[row.client_id]).hand_over_by = row.due_at
    mine = ClientAccount.created_for == pair.gone.id
    session().execute(update(ClientAccount).where(mine).values(created_for=pair.stays.id))
    deadlines.hand_on(*pair.ids)


def take_claims(pair: MergerPair, here: dict[uuid.UUID, uuid.UUID]) -> None:
    """Every claim. Of two live ones of an account the active one goes on, else the one of whom stays."""
    for row in rows_of(ManagedClaim, pair.gone.id):
        account = client_accounts.fetch(row.client_account_id)
        goes_on = row.ended_at is None and _makes_room(row, account, pair)
        with acting(scope().actor, pair.stays.id):
            _copy(row, client_id=here[row.client_id])
            if not goes_on:
                _mark_over(clients.fetch(here[row.client_id]), row)
        if goes_on:
            _pass_on(row, account, pair, here[row.client_id])
    _take_late_claims(pair)


def _take_late_claims(pair: MergerPair) -> None:
    """Lines that are not answered yet are answered to the one that stays."""
    rows = rows_of(LateClaim, pair.gone.id, LateClaim.answered_at.is_(None))
    with acting(scope().actor, pair.stays.id):
        for row in rows:
            _copy(row)
    with acting(scope().actor, pair.gone.id):
        for row in rows:
            session().delete(row)


def _mark_over(client: Client, row: ManagedClaim) -> None:
    """A claim that has ended is the last word on the account where none lives and no later one ended."""
    is_later = client.managed is None or (client.managed == "ended" and client.managed_at <= row.ended_at)  # type: ignore[operator]
    if is_later:
        client.managed, client.managed_at, client.managed_reason = "ended", row.ended_at, row.end_reason


def _makes_room(row: ManagedClaim, account: ClientAccount, pair: MergerPair) -> bool:
    """Whether a live claim goes on with the one that stays, whose own then ends; else it ends itself."""
    with acting(scope().actor, pair.stays.id):
        own = claim_states.of_account(account.id)
        if own is not None and row.state == "active":
            claim_states.end(own, REASON)
    if own is None or row.state == "active":
        return True
    with acting(scope().actor, pair.gone.id):
        claim_states.end(row, REASON)
    return False


def _pass_on(row: ManagedClaim, account: ClientAccount, pair: MergerPair, client_id: uuid.UUID) -> None:
    """The seat, or the place in the line for it, is the other's; both ledgers say so."""
    for place in (ManagedAsk, ManagedSeat):
        session().execute(update(place).where(place.claim_id == row.id).values(org_id=pair.stays.id))
    was_active = row.state == "active"
    with acting(scope().actor, pair.gone.id):
        old = clients.fetch(row.client_id)
        stood = old.managed, old.managed_at, old.managed_reason
        if was_active:
            line = claim_states.line(old)
            entries.post(old, "managed-ended", managed=-1, basis="managed", reason=REASON, reverses=line.seq)
        row.state, row.ended_at, row.end_reason = "ended", now(), REASON
        old.managed, old.managed_at, old.managed_reason = "ended", now(), REASON
        audit.record("managed_claim.ended", subject=old.id, reason=REASON)
    with acting(scope().actor, pair.stays.id):
        client = clients.fetch(client_id)
        client.managed, client.managed_at, client.managed_reason = stood
        if was_active:
            clients.reveal(client, account)
            entries.post(client, "managed", managed=1, basis="managed", reason="org-joined")
        audit.record("managed_claim.moved", subject=client.id, reason=REASON)


def take_sides(pair: MergerPair, here: dict[uuid.UUID, uuid.UUID]) -> list[Dispute]:
    """Every side of a dispute, with what was written and answered; the disputes that are open."""
    there = {row.dispute_id for row in rows_of(DisputeSide, pair.stays.id)}
    open_ones = {row.id: row for row in disputes.of_org(pair.gone.id)}
    for row in rows_of(DisputeSide, pair.gone.id):
        if row.dispute_id in open_ones:
            _take_open_side(row, open_ones[row.dispute_id], pair)
        elif row.dispute_id not in there:
            with acting(scope().actor, pair.stays.id):
                _copy(row, client_id=here[row.client_id])
    return list(open_ones.values())


def _take_open_side(row: DisputeSide, dispute: Dispute, pair: MergerPair) -> None:
    """The one that stays is asked in its place, with the words of both."""
    account = client_accounts.fetch(dispute.client_account_id)
    with acting(scope().actor, pair.stays.id):
        side = dispute_sides.open_side(dispute, account, asker=row.asker)
        words = [text for text in (side.words, row.words) if text]
        side.words = "\n\n".join(dict.fromkeys(words)) or None
        side.asked_by, side.asker = row.asked_by or side.asked_by, row.asker or side.asker
    dispute_sides.release_side(dispute, pair.gone.id, ASKED_ON)
