"""Home, the list of clients, and why each counted or not."""

from __future__ import annotations

import uuid

from flask import render_template, request, url_for

from partner_access import audit
from partner_access.access import org_page
from partner_access.credit import clients, explain, leads, ledger, links, totals
from partner_access.credit.reasons import EVENT_WORDS, STATUSES
from partner_access.credit.routes.blueprint import credit, cursor, cursor_after
from partner_access.errors import NotFound
from partner_access.organizations import current, memberships, organizations
from partner_access.permissions import Permission
from partner_access.urls import absolute

FILTERS = ("pending", "active", "declined", "ended")


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
    who = explain.submitters([row])
    return render_template(
        "credit/client.html",
        client=row,
        row=explain.client_row(row, who),
        rungs=explain.ladder(row, who),
        entries=ledger.of_client(row),
        history=audit.history(row.id),
        event_words=EVENT_WORDS,
    )
