"""What the programme's staff decide about a whole organization: one after the other, and the second sees the first's.

Whoever decides waits until nobody is at work for any organization; who comes later waits for them: see org_lock.py.
"""

from __future__ import annotations

from sqlalchemy import select

from partner_access import audit
from partner_access.accounts import sign_ins
from partner_access.audit import StaffDecision
from partner_access.clock import day
from partner_access.db import scope, session
from partner_access.errors import Conflict
from partner_access.organizations.directory import mergers, org_lock
from partner_access.organizations.models import Organization

KIND = "organization"
POSSIBLE_FROM = {"paused": ("active",), "resumed": ("paused",), "closed": ("active", "paused"),
                 "merged": ("active", "paused", "closed"), "took-over": ("active",),
                 "owner-invited": ("active", "paused")}  # fmt: skip
"""Outcome -> the states of an organization (Organization.state) in which it can be decided."""
TOLD = {"paused": "paused {org}", "resumed": "resumed {org}", "closed": "closed {org}",
        "merged": "merged {org} into another organization", "took-over": "merged another organization into {org}",
        "owner-invited": "invited an owner of {org}", "founded": "founded {org}"}  # fmt: skip
"""Outcome -> what was done, for staff."""


def decide(org: Organization, outcome: str, reason: str, *, seen: str | None = None) -> bool:
    """Record a decision about an organization; False for the one that the same person made just before.

    outcome: a key of POSSIBLE_FROM; seen: the id of the newest decision that was shown to whoever decides, '' for none,
    None for a command. Raises Conflict, with who decided what and why, when that is another one by now or the
    organization is not in a state for it; Invalid without a reason.
    """
    org_lock.lock_alone()
    session().refresh(org)
    reason, last = audit.checked(reason), audit.staff_decision(org.id, KIND)
    if last and (last.outcome, last.reason, last.decided_by) == (outcome, reason, scope().actor.user_id):
        return False
    is_news = seen is not None and seen != (str(last.id) if last else "")
    if is_news or org.state not in POSSIBLE_FROM[outcome] or mergers.of([org.id]):
        raise Conflict(sentence(org, last) if last else f"{org.name} is {org.state}.", code="decided-meanwhile")
    audit.staff_decided(KIND, org.id, outcome, reason)
    return True


def sentence(org: Organization, decision: StaffDecision) -> str:
    """Who decided what about an organization, when and why, for staff."""
    who = sign_ins.name_of(decision.decided_by) or "A command"
    return f"{who} {TOLD[decision.outcome].format(org=org.name)} on {day(decision.at)}: “{decision.reason}”"


def why_shut(org: Organization) -> str:
    """Why nobody can open the pages of an organization that is paused or closed, for its people."""
    reasons = {row.outcome: row.reason for row in reversed(audit.staff_decisions(org.id)) if row.kind == KIND}
    became = mergers.of([org.id])
    if became:
        into = session().scalar(select(Organization.name).where(Organization.id == became[-1].into_id))
        told, reason = f"{org.name} became part of {into} on {day(became[0].at)}.", reasons.get("merged")
    elif org.closed_at:
        told, reason = f"{org.name} was closed by the programme on {day(org.closed_at)}.", reasons.get("closed")
    else:
        told, reason = f"{org.name} is paused by the programme until its staff resume it.", reasons.get("paused")
    return f"{told} Their reason: “{reason}”" if reason else told
