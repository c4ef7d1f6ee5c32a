"""An organization's clients with the reasons of their credit, and whether a website will count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from partner_access.api.blueprint import api, asks, gives, repeatable, takes
from partner_access.api.schemas.own import (
    CheckAnswer,
    CheckGiven,
    ClientAnswer,
    Clients,
    ClientsAsked,
    PlanAnswer,
    WayAnswer,
)
from partner_access.credit.clients import clients, plans
from partner_access.credit.clients.plans import Plan
from partner_access.credit.insights import forecast, forecast_ways, list_rows
from partner_access.credit.models import Client
from partner_access.integrations import callers
from partner_access.permissions import Permission
from partner_access.web.access import org_call
from partner_access.web.lists import cursor, cursor_after


@api.get("/orgs/<slug>/clients")
@org_call(Permission.VIEW_ORG)
@asks(ClientsAsked)
@gives(Clients)
def own_clients(asked: ClientsAsked) -> Clients:
    """List the clients, and why each counts or not"""
    rows = clients.listing(state=asked.state, before=cursor())
    is_full = len(rows) == clients.PAGE
    return Clients(items=_answers(rows), next=cursor_after(rows[-1].signed_up_at, rows[-1].id) if is_full else None)


def _answers(rows: Sequence[Client]) -> list[ClientAnswer]:
    paid = plans.of_clients(rows)
    return [
        ClientAnswer(
            id=row.id,
            company=row.company,
            site=shown.site,
            credit=row.state,
            managed=row.managed,
            basis=row.basis,
            status=shown.status.label,
            reason=row.end_reason or row.reason,
            sentence=f"{shown.short} {shown.sentence}",
            next_step=shown.next_step,
            signed_up_at=row.signed_up_at,
            decided_at=row.decided_at,
            active_from=row.active_from,
            ended_at=row.ended_at,
            plan=_plan(paid.get(row.id)),
        )
        for row, shown in zip(rows, list_rows.client_rows(rows), strict=True)
    ]


def _plan(plan: Plan | None) -> PlanAnswer | None:
    return PlanAnswer(**asdict(plan), monthly_minor=plan.monthly_minor) if plan else None


@api.post("/orgs/<slug>/checks")
@org_call(Permission.VIEW_ORG)
@repeatable
@takes(CheckGiven, website="https://harbour-bakery.example")
@gives(CheckAnswer)
def check_website(given: CheckGiven) -> CheckAnswer:
    """Ask whether a website will count

    An organization may ask 60 times an hour, its pages and its programs together.
    """
    told = forecast.of_website(callers.org(), given.website, given.email or "")
    ways = [
        WayAnswer(way=way.name, counts=way.counts, sentence=forecast_ways.way_sentence(way, told.rules))
        for way in told.ways
    ]
    return CheckAnswer(
        site=told.site,
        answer=told.word,
        reason=told.code,
        sentence=told.sentence,
        ways=ways,
        may_register=told.may_register,
        may_queue=told.may_queue,
    )
