"""An organization's leads: listed, submitted and withdrawn by its own programs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from partner_access.api.blueprint import api, asks, gives, repeatable, takes
from partner_access.api.schemas.own import LeadAnswer, LeadGiven, Leads, LeadsAsked, LeadSubmitted
from partner_access.credit.insights import list_rows
from partner_access.credit.models import Lead
from partner_access.credit.touchpoints import leads, links, registrations
from partner_access.credit.touchpoints.registrations import LeadDetails
from partner_access.integrations import callers
from partner_access.permissions import Permission
from partner_access.web.access import org_call
from partner_access.web.fields import one_line, several_lines
from partner_access.web.lists import cursor, cursor_after

EXAMPLE = {"company": "Harbour Bakery", "website": "https://harbour-bakery.example"}


@api.get("/orgs/<slug>/leads")
@org_call(Permission.VIEW_ORG)
@asks(LeadsAsked)
@gives(Leads)
def own_leads(asked: LeadsAsked) -> Leads:
    """List the leads"""
    rows = leads.listing(live=asked.state == "live" if asked.state else None, before=cursor())
    is_full = len(rows) == leads.PAGE
    return Leads(items=_answers(rows), next=cursor_after(rows[-1].submitted_at, rows[-1].id) if is_full else None)


@api.post("/orgs/<slug>/leads")
@org_call(Permission.SUBMIT_LEADS)
@repeatable
@takes(LeadGiven, **EXAMPLE)
@gives(LeadSubmitted, s201="It is new.")
def submit_lead(given: LeadGiven) -> tuple[LeadSubmitted, int]:
    """Submit a lead

    The website is held for you from now on. Where another partner holds it, you are in line; where your team has it
    already, that lead is answered, with 200.
    """
    details = LeadDetails(
        company=one_line(given.company) or "",
        website=given.website,
        contact_name=one_line(given.contact_name) or None,
        contact_email=(given.contact_email or "").strip() or None,
        note=several_lines(given.note) or None,
    )
    done = registrations.submit(callers.org(), None, details)
    status = 200 if done.outcome == "already-yours" else 201
    return LeadSubmitted(outcome=done.outcome, lead=_answers([done.lead])[0]), status


@api.post("/orgs/<slug>/leads/<uuid:lead_id>/withdraw")
@org_call(Permission.MANAGE_LEADS)
@repeatable
@gives(LeadAnswer)
def withdraw_lead(lead_id: uuid.UUID) -> LeadAnswer:
    """Withdraw a lead

    The website is free for others then. Idempotent.
    """
    row = leads.fetch(lead_id)
    registrations.withdraw(row)
    return _answers([row])[0]


def _answers(rows: Sequence[Lead]) -> list[LeadAnswer]:
    codes = links.of_leads([row.id for row in rows]) if rows else {}
    told = zip(rows, list_rows.lead_rows(rows), strict=True)
    return [
        LeadAnswer(
            id=row.id,
            company=row.company,
            website=row.website,
            site=shown.site,
            status=shown.status.label,
            sentence=f"{shown.short} {shown.sentence}",
            next_step=shown.next_step,
            link=links.url(codes[row.id]) if row.id in codes else None,
            submitted_at=row.submitted_at,
            held_until=None if row.is_taken else row.held_until,  # how it came out is told later
            free_at=None if row.is_taken else row.free_at,
            ended_at=row.ended_at,
            end_reason=row.end_reason,
        )
        for row, shown in told
    ]
