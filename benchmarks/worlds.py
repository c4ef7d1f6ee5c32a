"""One organization of a made programme, and what fills the address of every page of the portal there.

What the bulk of a programme does not have is made here by the portal's own functions, one of each: an account that
waits for its client, a claim, an invitation, a dispute, somebody of staff; and browsers in which people are signed in.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from flask import Flask
from sqlalchemy import Select, select
from werkzeug.routing import Rule

from benchmarks.names import load
from partner_access import signing
from partner_access.accounts import sessions, sign_ins
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.handovers import creation, handovers
from partner_access.credit.managed import bulk_claims, claim_states, consent_mails
from partner_access.credit.models import Client, CreditEntry, Dispute, Lead, ReferralLink
from partner_access.credit.provisional import requests
from partner_access.credit.provisional.requests import BrowserGiven, FormGiven
from partner_access.credit.rulings import another_look
from partner_access.credit.touchpoints import links
from partner_access.credit.touchpoints.registrations import LeadDetails
from partner_access.db import STAFF, SYSTEM, acting, session
from partner_access.integrations.webhooks import endpoints
from partner_access.integrations.webhooks.models import WebhookDelivery
from partner_access.keys.addresses import address
from partner_access.mail.models import OutboxMail
from partner_access.organizations.directory import organizations
from partner_access.organizations.entry import invitations
from partner_access.organizations.models import DomainClaim, Membership, Organization, OwnerRecovery
from partner_access.organizations.team import undo_links
from partner_access.permissions import StaffRole
from partner_access.signing import sign

NOBODYS = {
    "arrivals.verify", "arrivals.confirm_email", "arrivals.undo_email", "accounts.reset_password",
    "organizations.proof", "public.no_more_mail",
}  # fmt: skip
"""Pages behind a mailed secret about no organization: they are opened with one that nobody was mailed."""


@dataclass(frozen=True)
class Page:
    """One page to open: its name, its address, and who opens it (`owner`, `staff`, or "" for a stranger)."""

    name: str
    endpoint: str
    path: str
    who: str


@dataclass
class World:
    """An organization with the ids in its pages' addresses (by argument, or endpoint and argument) and cookies."""

    app: Flask
    slug: str
    ids: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    queries: dict[str, list[str]] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def pages(self) -> list[Page]:
        """Every GET rule of the URL map, with the filters that its page offers. Raises KeyError for an unknown id."""
        rules = [rule for rule in self.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
        rules = [rule for rule in rules if not rule.rule.startswith("/api/v1/")]  # calls, not pages: they bring a token
        return sorted((page for rule in rules if rule.endpoint != "static" for page in self._of(rule)), key=str)

    def _of(self, rule: Rule) -> Iterator[Page]:
        kind = self.app.view_functions[rule.endpoint].access.kind  # type: ignore[attr-defined]
        who = {"public": "", "staff": "staff"}.get(kind, "owner")
        if rule.endpoint in ("accounts.me", "arrivals.change_email"):
            who = "owner"
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: quote(self._fill(rule.endpoint, found[1])), rule.rule)
        # The present month has a few lines or thousands, as the day is; that of the query is a full one.
        plain = [] if rule.endpoint == "credit.ledger" else [""]
        for query in [*plain, *self.queries.get(rule.endpoint, [])]:
            yield Page(f"{rule.endpoint} {query}".strip(), rule.endpoint, f"{path}?{query}" if query else path, who)

    def _fill(self, endpoint: str, argument: str) -> str:
        if argument == "token":
            return "A" * 43 if endpoint in NOBODYS else self.tokens[endpoint]
        return self.ids.get(f"{endpoint} {argument}") or self.ids[argument]


def build(app: Flask, slug: str) -> World:
    """The world of an organization, with one of everything; it writes to the database."""
    world = World(
        app,
        slug,
        {"slug": slug, "code": slug, "act": "pause", "kind": "another-look", "staff.client_event kind": "cancelled"},
    )
    with app.app_context(), acting(SYSTEM):
        org = organizations.find(slug)
        assert org is not None, f"there is no organization {slug}"
        owner = _owner(org)
        _make_staff(world, org)
        programmes = _make_webhook()
        world.ids |= {
            f"programme_webhooks.{view} {name}": value
            for view in ("endpoint", "delivery")
            for name, value in programmes.items()
        }
        with acting(owner.actor, org.id):
            _make_one_of_each(world, org, owner)
            _find_ids(world)
            _find_queries(world, owner)
        world.cookies["owner"] = _sign_in(app, owner)
        session().commit()
    return world


def _make_webhook() -> dict[str, str]:
    """A webhook of whoever is bound, with a delivery that failed; their ids."""
    row = endpoints.add(f"https://hooks.example/{secrets.token_hex(4)}", {"lead.ended"})
    sent = WebhookDelivery(endpoint_id=row.id, type="ping", body="{}", state="failed", error="no answer")
    session().add(sent)
    session().flush()
    return {"endpoint_id": str(row.id), "delivery_id": str(sent.id)}


def _owner(org: Organization) -> User:
    with acting(SYSTEM, org.id):
        return session().scalars(select(Membership).where(Membership.role == "owner")).one().user


def _make_staff(world: World, org: Organization) -> None:
    """Somebody of staff, who comes from elsewhere."""
    typed = address("staff@meridian.example")
    user = sign_ins.find(typed.key)
    if user is None:
        moment = now()
        user = User(name="Sta Ff", email=typed.email, email_key=typed.key, password_hash="", proved_at=moment)
        session().add(user)
        session().flush()
        with acting(STAFF):
            sign_ins.grant_staff(typed.key, StaffRole.STAFF)
    world.cookies["staff"] = _sign_in(world.app, user)


def _sign_in(app: Flask, user: User) -> str:
    """The cookie of a browser in which this person is signed in."""
    sessions.begin(user, browser="Firefox", address="127.0.0.1", reason="benchmark")
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = user.get_id()  # what Flask-Login reads; a page that does not take it is a fault of flat.py
    name = app.config["SESSION_COOKIE_NAME"]
    found = client.get_cookie(name)
    assert found is not None
    return f"{name}={found.value}"


def _make_one_of_each(world: World, org: Organization, owner: User) -> None:
    new = secrets.token_hex(4)
    details = LeadDetails("Behalf Ltd", f"behalf-{new}.example", "Bea Half", f"bea@behalf-{new}.example")
    made = creation.create(org, owner, details, new)
    world.ids["hand_over_id"] = str(made.row.id)
    world.tokens["transfer.show"] = handovers.mail_values(made.row, made.client)["transfer_url"].rpartition("/")[2]
    _make_sign_up(world, new)
    world.ids |= _make_webhook()
    invited = invitations.invite(address(f"invited-{new}@elsewhere.example"), "member")
    invitations.send(invited)
    session().flush()
    text = session().scalars(select(OutboxMail.text).where(OutboxMail.to == invited.email)).one()
    world.tokens["organizations.invitation"] = re.findall(r"/invitations/([\w-]{43})", text)[0]
    member = session().scalars(select(Membership).where(Membership.role == "member").limit(1)).one()
    world.ids["membership_id"] = str(member.id)
    world.tokens["organizations.undo_join"] = undo_links.sign(member, owner)
    row = session().scalars(select(OwnerRecovery)).first()
    if row is None:
        row = OwnerRecovery(user_id=member.user_id, domain=owner.email_domain, token=signing.new_secret())
        session().add(row)
        session().flush()
    objects = {"org": str(org.id), "recovery": str(row.id), "owner": str(owner.id)}
    world.tokens["organizations.object_recovery"] = sign("object-recovery", objects)


def _make_sign_up(world: World, new: str) -> None:
    """Somebody has signed up on the organization's page, and not confirmed it."""
    link = links.find_code(world.slug)
    assert link is not None
    given = FormGiven(f"form-{new}", "Sign Ltd", f"sign-{new}.example", f"bea@sign-{new}.example", "Bea", False)
    row = requests.ask(link, given, BrowserGiven("Firefox", [], None, []))
    session().flush()
    text = session().scalars(select(OutboxMail.text).where(OutboxMail.to == row.email)).one()
    world.tokens["confirm_sign_up.show"] = re.findall(r"/confirm-sign-up/(\S+)", text)[0]
    world.ids["external_id"] = row.external_id


def _find_ids(world: World) -> None:
    """The newest of its kind each, so that it is alike in a small organization and in a large one."""

    def newest(statement: Select[tuple[uuid.UUID]]) -> str:
        return str(session().scalars(statement.limit(1)).one())

    world.ids["link_id"] = newest(select(ReferralLink.id).where(ReferralLink.code == world.slug))
    world.ids["domain_id"] = newest(select(DomainClaim.id))
    expired = select(Lead.id).where(Lead.end_reason == "expired").order_by(Lead.submitted_at.desc())
    world.ids["lead_id"] = newest(expired)
    alone = Client.state == "active", Client.basis == "lead", Client.managed.is_(None)  # nobody else had a part in it
    client_id = newest(select(Client.id).where(*alone).order_by(Client.signed_up_at.desc()))
    account = client_accounts.fetch(clients.fetch(uuid.UUID(client_id)).client_account_id)
    world.ids |= {"client_id": client_id, "account_id": str(account.id)}
    declined = select(Client.id).where(Client.state == "declined").order_by(Client.signed_up_at)
    world.ids["credit.another_look client_id"] = newest(declined)
    world.ids["item_id"] = _dispute()
    world.tokens["confirm_managed.page"] = _claim(Client.state == "active", Client.managed.is_(None))


def _dispute() -> str:
    """The id of a dispute about a client that was declined."""
    declined = select(Client).where(Client.state == "declined", Client.review_by.is_(None))
    row = session().scalars(declined.order_by(Client.signed_up_at.desc()).limit(1)).one()
    person = _member()
    another_look.raise_for_client(row, person, "We brought them.")
    mine = select(Dispute.id).where(Dispute.client_account_id == row.client_account_id, Dispute.closed_at.is_(None))
    return str(session().scalars(mine).one())


def _claim(*which: object) -> str:
    """The link by which a client is asked whether the organization manages their account."""
    found = select(Client).where(*which).order_by(Client.signed_up_at).limit(1)  # type: ignore[arg-type]
    row = session().scalars(found).one()
    org = organizations.fetch(row.org_id)
    bulk_claims.claim(org, _member(), [row.site])
    claim = claim_states.of_account(row.client_account_id)
    assert claim is not None
    return consent_mails.link(claim, client_accounts.fetch(row.client_account_id)).rpartition("/")[2]


def _member() -> User:
    return session().scalars(select(Membership).where(Membership.role == "member").limit(1)).one().user


def _find_queries(world: World, owner: User) -> None:
    """The filters that pages offer, and their lists from the middle on."""
    middle = _middle()
    before = f"before={quote(f'{middle.isoformat()}_{owner.id}')}"
    kinds = ("team", "leads", "clients", "links", "access")
    site, _ = load().site(0)
    world.queries = {
        "credit.clients": [*(f"state={state}" for state in ("pending", "active", "declined", "managed")), before],
        "credit.leads": ["state=live", "state=ended", before],
        "credit.ledger": [f"month={middle:%Y-%m}"],
        "credit.activity": [
            *(f"kind={kind}" for kind in kinds), f"by={owner.id}", "by=staff", "by=system", "code=expired",
            "code=approved", before,
        ],
        "credit.check": [f"website={site}"],
        "staff.clients": [
            *(f"state={state}" for state in ("credited", "nobody", "open", "managed")), f"q={site}", "q=bench-0000",
            f"q=owner@{site}",
        ],
        "staff.orgs": ["q=agency"],
        "staff.simulate_rules": ["window_days=30&lead_days=90&hold_hours=24&order=lead-first&click=last"],
        "staff.why": [f"site={site}"],
        "staff.merge_client": ["into=bench-000000001"],
        "staff.merge_org": ["into=agency-1"],
    }  # fmt: skip


def _middle() -> datetime:
    """The moment half-way through the ledger."""
    lines = select(CreditEntry.at).limit(1)
    first, last = (session().scalars(lines.order_by(order)).one() for order in (CreditEntry.at, CreditEntry.at.desc()))
    return first + (last - first) / 2
