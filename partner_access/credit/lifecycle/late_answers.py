"""Answers that come later: to what an organization has registered and claimed beyond what is answered at once."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from partner_access import jobs, mail
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit import deadlines
from partner_access.credit.insights import list_rows
from partner_access.credit.managed import bulk_claims, late_claims
from partner_access.credit.models import Lead
from partner_access.credit.touchpoints import registrations
from partner_access.db import SYSTEM, acting
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import organizations
from partner_access.organizations.models import Organization
from partner_access.organizations.team import recipients
from partner_access.web.urls import absolute

MOST_TOLD, A_DAY = 50, timedelta(days=1)
"""So many answers stand in one mail."""
LEADS, CLAIMS = "credit.leads", "credit.add_managed"
"""Where the answers stand."""


def follow_up(_org_id: uuid.UUID, org_id: uuid.UUID | None) -> None:
    """An hour's answers are due: give some, mail them, and go on with the rest. Run by the worker.

    To an organization that is closed there is nothing to answer; a paused one claims nothing, until it is resumed.
    """
    assert org_id is not None, "answers are an organization's"
    org = organizations.fetch(org_id)
    if org.closed_at:
        return
    with acting(SYSTEM, org.id):
        # claims lock sites, and leads counts: in this order, as everybody does
        lines = bulk_claims.answer_due(org) if org.is_active else ()
        answered = registrations.answer_due()
        _mail(org, _by_person((row.submitter, display_site(row.site), _of_lead(row)) for row in answered), LEADS)
        _mail(org, _by_person((row.claimer, row.line, bulk_claims.later_answer(row).sentence) for row in lines), CLAIMS)
        if late_claims.due() or len(answered) == registrations.AT_ONCE:
            _go_on(org, now() if lines or answered else now() + A_DAY)


def _of_lead(lead: Lead) -> str:
    row = list_rows.lead_row(lead, list_rows.people([lead])[0])
    return f"{row.short} {row.sentence}"


def _by_person(answers: Iterable[tuple[User | None, str, str]]) -> Mapping[User | None, list[tuple[str, str]]]:
    """What everybody who sent something is told: the website or line, and its answer; None: what a program sent."""
    told: defaultdict[User | None, list[tuple[str, str]]] = defaultdict(list)
    for person, sent, answer in answers:
        told[person].append((sent, answer))
    return told


def _mail(org: Organization, told: Mapping[User | None, list[tuple[str, str]]], endpoint: str) -> None:
    """Mail whoever sent something; when they have left, whom the team has chosen."""
    for sender, answers in told.items():
        for person in recipients.for_client(sender):
            mail.queue(
                "late-answers",
                person.email,
                told=answers[:MOST_TOLD],
                count=len(answers),
                is_lead=endpoint == LEADS,
                url=absolute(endpoint, slug=org.slug),
            )


def _go_on(org: Organization, at: datetime) -> None:
    more = f"answers:{org.id}:more"
    jobs.enqueue(deadlines.ANSWERS, org.id, org_id=org.id, due_at=at, dedupe=more)
