"""Home, the list of clients, and why each counted or not."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, render_template, request, url_for

from partner_access.access import org_page
from partner_access.credit import (
    claims,
    clients,
    explain,
    hand_overs,
    leads,
    ledger,
    links,
    reviews,
    rule_sets,
    rule_settings,
    totals,
)
from partner_access.credit.models import Client
from partner_access.credit.routes.blueprint import credit, cursor, cursor_after
from partner_access.credit.statuses import EVENT_WORDS, STATUSES
from partner_access.credit.trace_text import changes, trace_text
from partner_access.errors import NotFound
from partner_access.organizations import current, memberships, organizations
from partner_access.permissions import Permission
from partner_access.urls import absolute

FILTERS = ("pending", "active", "declined", "managed")


@credit.get("/")
@org_page(Permission.VIEW_ORG)
def home() -> str:
    org = current.org()
    links_shown = [link for link in links.listing() if link.is_primary]
    return render_template(
        "credit/home.html",
        team=[row for row in memberships.listing() if row.is_active],
        domains=organizations.domains_of(org.id),
        link=links_shown[0] if links_shown else None,
        link_url=links.primary_url(),
        opened=sum(links.visits(links_shown).values()),
        totals=totals.read(),
        leads=explain.lead_rows(leads.listing(live=True)[:5]),
        clients=explain.client_rows(clients.listing()[:10]),
        join_url=absolute("accounts.request_account"),
        rules=rule_sets.in_words(),
    )


@credit.get("/clients", endpoint="clients")
@org_page(Permission.VIEW_ORG)
def listing() -> str:
    state = request.args.get("state") or None
    if state not in (None, *FILTERS):
        raise NotFound(code="no-such-filter")
    rows = clients.listing(state=state, before=cursor())
    last = rows[-1] if len(rows) == clients.PAGE else None
    older = last and url_for("credit.clients", state=state, before=cursor_after(last.signed_up_at, last.id))
    return render_template(
        "credit/clients.html", rows=explain.client_rows(rows), state=state, older=older, totals=totals.read(),
        filters=[(name, STATUSES[name].label) for name in FILTERS],
    )  # fmt: skip


@credit.get("/clients/<uuid:client_id>")
@org_page(Permission.VIEW_ORG)
def client(client_id: uuid.UUID) -> str:
    row = clients.fetch(client_id)
    return render_template(
        "credit/client.html",
        client=row,
        **_trace(row),
        hand_over=hand_overs.checklist(row),
        managed=claims.card(row),
        review=reviews.of_client(row),
        history=clients.history(row),
        decided_by=rule_settings.told(rule_sets.version(row.rule_version)),
        event_words=EVENT_WORDS,
    )


@credit.get("/clients/<uuid:client_id>.txt")
@org_page(Permission.VIEW_ORG)
def client_text(client_id: uuid.UUID) -> Response:
    """The whole trace as text, also for browsers without script."""
    text: str = _trace(clients.fetch(client_id))["text"]
    return Response(text, mimetype="text/plain")


def _trace(row: Client) -> dict[str, Any]:
    """What says why a client counts or does not, for its page and as text."""
    who = explain.submitters([row])
    shown, rungs, posted = explain.client_row(row, who), explain.ladder(row, who), ledger.of_client(row)
    text = trace_text(row, shown, rungs, posted, absolute("credit.client", slug=current.org().slug, client_id=row.id))
    lines = [(entry, changes(entry)) for entry in posted]
    return {"row": shown, "rungs": rungs, "entries": lines, "text": text}
