"""What else an organization's own programs read: its referral links, its ledger and its team."""

from __future__ import annotations

from partner_access.api.blueprint import api, asks, gives
from partner_access.api.schemas.own import (
    Entries,
    EntriesAsked,
    EntryAnswer,
    LinkAnswer,
    Links,
    MemberAnswer,
    Members,
)
from partner_access.credit.insights import ledger_lines
from partner_access.credit.insights.ledger_lines import LedgerLine
from partner_access.credit.ledger import periods
from partner_access.credit.touchpoints import links
from partner_access.organizations.team import memberships
from partner_access.permissions import Permission
from partner_access.web.access import org_call

NUMBERS = (
    "seq", "at", "effective_at", "client_id", "kind", "pending", "active", "managed", "pending_after", "active_after",
    "managed_after", "reverses", "hash",
)  # fmt: skip


@api.get("/orgs/<slug>/links")
@org_call(Permission.VIEW_ORG)
@gives(Links)
def own_links() -> Links:
    """List the referral links"""
    rows = links.listing()
    opened = links.visits(rows)
    return Links(
        items=[
            LinkAnswer(
                id=row.id,
                label=row.label,
                code=row.code,
                url=links.url(row.code),
                is_primary=row.is_primary,
                opened=opened.get(row.code, 0),
            )
            for row in rows
        ]
    )


@api.get("/orgs/<slug>/entries")
@org_call(Permission.VIEW_ORG)
@asks(EntriesAsked)
@gives(Entries)
def own_entries(asked: EntriesAsked) -> Entries:
    """List the lines of the ledger

    The changes of all lines add up to the balances after the newest one. 200 at a time.
    """
    rows = periods.lines(periods.whole(), before=asked.before)
    items = [_entry(line) for line in ledger_lines.lines(rows)]
    return Entries(items=items, next=rows[-1].seq if len(rows) == periods.PAGE else None)


def _entry(line: LedgerLine) -> EntryAnswer:
    row = line.entry
    return EntryAnswer(
        **{name: getattr(row, name) for name in NUMBERS},
        company=line.company,
        site=line.site,
        basis=row.basis,
        reason=row.reason,
        sentence=line.reason,
    )


@api.get("/orgs/<slug>/members")
@org_call(Permission.VIEW_TEAM)
@gives(Members)
def own_members() -> Members:
    """List the team"""
    return Members(
        items=[
            MemberAnswer(
                id=row.id,
                name=row.user.name,
                email=row.user.email,
                role=row.role,
                is_active=row.is_active,
                since=row.created_at,
            )
            for row in memberships.listing()
        ]
    )
