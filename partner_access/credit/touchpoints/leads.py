"""Leads: a site registered before the client signs up, protected from submission on (docs/rules.md)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, tuple_

from partner_access import audit, events
from partner_access.clock import now
from partner_access.credit.ledger import totals
from partner_access.credit.models import Lead
from partner_access.credit.rules.decision import WON, Decision
from partner_access.credit.rules.facts import Facts
from partner_access.credit.touchpoints import site_holds
from partner_access.db import found, session

PAGE = 50


def end(lead: Lead, reason: str, at: datetime) -> None:
    """The lead of the bound organization ends: `won`, `expired`, `withdrawn`, `lost` or `too-late`."""
    site_holds.end(lead.id, reason, at)
    lead.ended_at, lead.end_reason = at, reason
    totals.add(live_leads=-1)
    event = {"won": "lead.won", "expired": "lead.expired", "withdrawn": "lead.withdrawn"}.get(reason, "lead.ended")
    audit.record(event, subject=lead.id, reason=reason, site=lead.site)
    tell_ended(lead)


def tell_ended(lead: Lead) -> None:
    """Tell programs that a lead has ended; of one that is answered later only then, with the answer."""
    if lead.answer_at is None:
        events.tell("lead.ended", lead.org_id, lead_id=lead.id, site=lead.site, reason=lead.end_reason)


def win(lead: Lead, at: datetime) -> None:
    """The client signed up at `at`, while the lead counted: it is won, even if it ended before we heard of it."""
    if lead.ended_at is None:
        end(lead, "won", at)
    elif lead.end_reason != "won" or lead.ended_at != at:
        _end_again(lead, "won", at)


def conclude(decision: Decision, org: str, facts: Facts) -> None:
    """The bound organization's leads for the site end with its first sign-up: won, lost to another, or too late.

    facts: of the sign-up that decided, which is the earliest one of accounts that were merged. A lead whose link won
    another site goes on holding its own, and so does every lead beside a sign-up that takes nothing from anybody. For
    whom staff have ruled, the lead that was live at the sign-up is won.
    """
    if facts.is_limited:
        return
    if decision.reason in ("existing-client", "moved-client", "merged-account"):
        return  # the leads of this site ended with an earlier sign-up
    live = {uuid.UUID(lead.id) for lead in facts.leads if lead.is_live(facts.signed_up_at)}
    is_ruled = decision.winner == org and decision.basis == "ruling"
    for finding in decision.findings:
        lead = fetch(uuid.UUID(finding.subject)) if finding.org == org and finding.rule == "R2" else None
        if lead is None or lead.site != facts.site:
            continue
        reason = "too-late" if finding.code in ("lead-after-sign-up", "late-lead", "same-day", "on-the-day") else "lost"
        if finding.result == WON or (is_ruled and lead.id in live):
            win(lead, facts.signed_up_at)
        elif lead.ended_at is None:
            end(lead, reason, now())
        elif lead.end_reason == "won":
            _end_again(lead, reason, lead.ended_at)


def _end_again(lead: Lead, reason: str, at: datetime) -> None:
    """A lead that had ended turns out to have ended otherwise."""
    lead.ended_at, lead.end_reason = at, reason
    site_holds.end_again(lead.id, reason, at)
    audit.record("lead.won" if reason == "won" else "lead.ended", subject=lead.id, reason=reason, site=lead.site)
    tell_ended(lead)


def fetch(lead_id: uuid.UUID) -> Lead:
    """One lead of the bound organization. Raises NotFound."""
    return found(session().scalar(select(Lead).where(Lead.id == lead_id)))


def listing(*, live: bool | None = None, before: tuple[datetime, uuid.UUID] | None = None) -> Sequence[Lead]:
    """A page of PAGE leads of the bound organization, newest first; `before` is the key of the last one seen."""
    statement = select(Lead)
    if live is not None:
        statement = statement.where(Lead.ended_at.is_(None) if live else Lead.ended_at.is_not(None))
    if before is not None:
        statement = statement.where(tuple_(Lead.submitted_at, Lead.id) < tuple_(*before))
    return session().scalars(statement.order_by(Lead.submitted_at.desc(), Lead.id.desc()).limit(PAGE)).all()


def status(lead: Lead) -> str:
    """The lead's status word, a key of statuses.STATUSES."""
    if lead.ended_at is not None:
        return "expired" if lead.end_reason == "expired" else "ended"
    if lead.is_taken:
        return "taken"
    return "registered" if lead.held_from else "queued"
