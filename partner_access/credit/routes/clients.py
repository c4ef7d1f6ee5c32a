"""Home, the list of clients, and why each counted or not."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, render_template, request, url_for

from partner_access.credit.clients import clients, plans
from partner_access.credit.handovers import handovers
from partner_access.credit.insights import ladder, list_rows
from partner_access.credit.insights.trace_text import changes, trace_text
from partner_access.credit.ledger import entries, totals
from partner_access.credit.managed import claim_states
from partner_access.credit.models import Client
from partner_access.credit.provisional import requests
from partner_access.credit.routes.blueprint import credit
from partner_access.credit.rules import settings, versions
from partner_access.credit.rulings import summaries
from partner_access.credit.statuses import EVENT_WORDS, STATUSES
from partner_access.credit.touchpoints import leads, links
from partner_access.errors import NotFound
from partner_access.keys.sites import display_site
from partner_access.mail import undelivered
from partner_access.organizations import current
from partner_access.organizations.directory import organizations
from partner_access.organizations.team import memberships
from partner_access.permissions import Permission
from partner_access.web.access import org_page
from partner_access.web.lists import cursor, cursor_after
from partner_access.web.urls import absolute

FILTERS = ("pending", "active", "ended", "declined", "managed")


@credit.get("/")
@org_page(Permission.VIEW_ORG)
def home() -> str:
    org = current.org()
    links_shown = [link for link in links.listing() if link.is_primary]
    return render_template(
        "credit/home/home.html",
        team=[row for row in memberships.listing() if row.is_active],
        domains=organizations.domains_of(org.id),
        link=links_shown[0] if links_shown else None,
        link_url=links.primary_url(),
        opened=sum(links.visits(links_shown).values()),
        totals=totals.read(),
        leads=list_rows.lead_rows(leads.listing(live=True)[:5]),
        clients=list_rows.client_rows(clients.listing()[:10]),
        join_url=absolute("accounts.request_account"),
        rules=versions.in_words(),
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
        "credit/clients/clients.html",
        rows=list_rows.client_rows(rows),
        waiting=requests.waiting_for(current.org().id) if state in (None, "pending") and cursor() is None else (),
        display_site=display_site,
        state=state,
        older=older,
        totals=totals.read(),
        filters=[(name, STATUSES[name].label) for name in FILTERS],
    )


@credit.get("/clients/<uuid:client_id>")
@org_page(Permission.VIEW_ORG)
def client(client_id: uuid.UUID) -> str:
    row = clients.fetch(client_id)
    managed = claim_states.card(row)
    return render_template(
        "credit/clients/client.html",
        client=row,
        **_trace(row),
        hand_over=handovers.checklist(row),
        managed=managed,
        is_unasked=bool(managed and undelivered.address(managed.claim.id)),
        plan=plans.of_clients([row]).get(row.id),
        review=summaries.of_client(row),
        history=clients.history(row),
        decided_by=settings.labelled_values(versions.version(row.rule_version)),
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
    who = list_rows.submitters([row])
    shown, rungs, posted = list_rows.client_row(row, who), ladder.ladder(row, who), entries.of_client(row)
    text = trace_text(row, shown, rungs, posted, absolute("credit.client", slug=current.org().slug, client_id=row.id))
    lines = [(entry, changes(entry)) for entry in posted]
    return {"row": shown, "rungs": rungs, "entries": lines, "text": text}
