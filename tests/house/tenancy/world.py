"""Two organizations side by side, whose every text says whose it is, and everybody who might look at them.

What an organization's people alone may read carries `canary-<key>`, what strangers may learn `public-<key>`: its name,
its domain, its slug and the code of its link.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import JSON, String, select

from partner_access import clock
from partner_access.accounts import account_requests, email_changes, sign_ins
from partner_access.accounts.models import User, UserSession
from partner_access.accounts.passwords import hash_password
from partner_access.clock import now
from partner_access.credit.attribution import signups
from partner_access.credit.attribution.fact_finding import Ties
from partner_access.credit.clients import client_accounts, client_events
from partner_access.credit.clients.client_events import EventDetails
from partner_access.credit.handovers import creation, handovers
from partner_access.credit.ledger import statements
from partner_access.credit.lifecycle import cancellations, vendor_events
from partner_access.credit.managed import bulk_claims, claim_states, client_answers, consent_mails, late_claims
from partner_access.credit.models import Client, ReferralCode
from partner_access.credit.provisional import requests
from partner_access.credit.provisional.requests import BrowserGiven, FormGiven
from partner_access.credit.rulings import another_look, rulings
from partner_access.credit.touchpoints import links, registrations, visits
from partner_access.credit.touchpoints.openings import OpeningEvidence
from partner_access.credit.touchpoints.registrations import LeadDetails
from partner_access.db import STAFF, SYSTEM, Base, acting, session
from partner_access.integrations import tokens as api_tokens
from partner_access.integrations.models import ApiAnswer
from partner_access.keys.addresses import address
from partner_access.mail import refusals
from partner_access.mail.models import OutboxMail
from partner_access.organizations.directory import organizations, settings
from partner_access.organizations.domains import domains
from partner_access.organizations.entry import applications, invitations, join_requests
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.models import DomainClaim, DomainDispute, Membership, Organization, OwnerRecovery
from partner_access.organizations.team import memberships, recipients, undo_links
from partner_access.organizations.team.topics import Topic
from partner_access.permissions import Role, StaffRole
from partner_access.signing import new_secret, sign
from tests.factories import make_member, make_org, make_user
from tests.house.tenancy import console
from tests.house.tenancy.console import Target
from tests.portal import CSRF, PASSWORD, Browser, Portal
from tests.snapshots import PostgresqlWatch, Snapshot, SqliteWatch

EVERYBODY = (
    "anonymous", "member", "admin", "owner", "removed member", "member of a suspended org", "other org's admin",
    "invited person", "staff person", "staff person who reads",
)  # fmt: skip
NEW_PASSWORD = "seven slow trains at dusk"
CODED = {
    "api_answer": "request",
    "api_token": "scope beginning fingerprint",
    "account_request": "password_hash browser_fingerprint link_fingerprint code_fingerprint browser",
    "application": "outcome",
    "client": "state basis reason end_reason managed managed_reason",
    "client_account": "came_by",
    "client_event": "kind currency interval",
    "credit_entry": "kind basis reason actor_kind previous_hash hash salt texts",
    "decision": "basis reason",
    "dispute": "kind",
    "domain": "proof policy",
    "hand_over": "stop_reason",
    "domain_claim": "token answer",
    "event": "type",
    "domain_dispute": "outcome",
    "erasure": "kind reason",
    "pruning": "kind reason",
    "seal": "kind salt texts digest",
    "seal_segment": "previous_hash hash",
    "email_change": "link_fingerprint code_fingerprint undo_fingerprint",
    "invitation": "role",
    "invitation_link": "fingerprint",
    "join_request": "outcome reason",
    "job": "queue kind dedupe last_error",
    "late_claim": "code why",
    "lead": "end_reason",
    "mail_choice": "topic",
    "mail_provider": "name",
    "managed_claim": "state confirmed_by end_reason",
    "membership": "role provenance",
    "organization": "default_policy",
    "org_event": "event kind actor_kind reason",
    "ledger_month": "kind",
    "org_totals": "head",
    "own_name": "kind",
    "outbox_mail": "name state dedupe last_error",
    "owner_recovery": "token answer outcome",
    "password_reset": "link_fingerprint",
    "portal_user": "password_hash",
    "programme_event": "event kind actor_kind reason",
    "provisional_sign_up": "external_id browser browser_fingerprint code_fingerprint visits end_reason",
    "rule_set": "rule_order click reason",
    "site_hold": "end_reason passed_on",
    "source_credit": "state",
    "staff_decision": "kind outcome reason",
    "staff_grant": "email_key role",
    "staff_reading": "reason",
    "staff_reading_page": "endpoint",
    "throttle": "key",
    "user_session": "secret_fingerprint",
    "visit": "fetch_destination",
    "webhook_delivery": "type state",
    "webhook_endpoint": "types secret previous_secret off_reason",
}
"""Columns that hold words of ours or fingerprints, nothing of an organization's own. All others carry a canary."""


@dataclass
class Party:
    """One organization of the world: its row, its people, and what fills the URLs of its pages."""

    key: str
    org: Organization
    people: dict[str, User]
    ids: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    api: dict[str, str] = field(default_factory=dict)


@dataclass
class Principal:
    """Somebody with a browser. Of `inside` they may read everything, of `knows` what is public; `home` is their own."""

    name: str
    email: str = "nobody@elsewhere.example"
    home: str | None = None
    role: Role | None = None
    inside: frozenset[str] = frozenset()
    knows: frozenset[str] = frozenset()
    session_id: str = ""
    cookie: str = ""
    csrf: str = ""
    code: str = ""
    colleague: str = ""

    @property
    def is_signed_in(self) -> bool:
        return self.name != "anonymous"


@dataclass
class World:
    app: Flask
    watch: SqliteWatch | PostgresqlWatch
    parties: dict[str, Party]
    principals: dict[str, Principal]

    for_staff: dict[str, list[Target]]
    built_at: datetime
    kept: Snapshot = field(default_factory=dict)

    def markers(self, key: str) -> set[str]:
        """The texts that name an organization or somebody in it, in a page or in a row."""
        party = self.parties[key]
        ids = {party.org.id, *(user.id for user in party.people.values())}
        return {f"canary-{key}", f"public-{key}", *map(str, ids), *(row.hex for row in ids)}


def build(portal: Portal, watch: SqliteWatch | PostgresqlWatch) -> World:
    """Acme and Bolt in full, Cask paused; and the eight who look."""
    parties = {key: _found(portal, key) for key in ("acme", "bolt", "cask")}
    _share_clients(portal, parties["acme"], parties["bolt"])
    for party in parties.values():
        _create_clients(portal, party)
        _sign_clients_up(portal, party)
        party.ids |= console.webhook(portal, party.org, f"canary-{party.key}")
    _claim_accounts(portal, parties)
    _ask_and_rule(portal, parties)
    with clock.at(now() + timedelta(days=31)), portal.acting():
        statements.mail_due()
    principals = {who.name: who for who in _people(portal, parties)}
    assert tuple(principals) == EVERYBODY
    for key in ("acme", "bolt"):
        _mail_tokens(portal, parties[key])
        _make_api_tokens(portal, parties[key])
    _make_api_tokens(portal, parties["cask"])
    _mark(watch, parties)
    _look_at_settings(portal, parties)
    for_staff = console.build(portal, parties, principals["staff person who reads"].email)
    watch.keep()
    return World(portal.app, watch, parties, principals, for_staff, now(), watch.snapshot())


def _found(portal: Portal, key: str) -> Party:
    org = make_org(portal, f"Public-{key.title()}", domain=f"public-{key}.example")
    party = Party(key, org, {})
    for name in ("owner", "admin", "member", "leaver", "resetter"):
        role = name if name in list(Role) else "member"
        party.people[name] = make_member(portal, org, _email(key, name), role=role, name=f"Canary-{key.title()} {name}")
    for name in ("waiter", "applicant"):
        party.people[name] = make_user(portal, _email(key, name), name=f"Canary-{key.title()} {name}")
    with portal.acting(party.people["member"].actor, org.id):
        primary = links.primary(org, code=f"public-{key}")
        links.create(f"Canary-{key.title()} newsletter", code=f"canary-{key}-newsletter")
        lead = registrations.submit(org, party.people["member"], _details(key, f"canary-{key}-lead.example")).lead
        waiter, domain = party.people["waiter"], f"public-{key}.example"
        waiting = join_requests.ask(waiter, org, reason="policy-request", domain=domain)
        invited = invitations.invite(address(f"canary-{key}-invited@elsewhere.example"), "member")
        invitations.send(invited)
        claim = session().scalars(select(DomainClaim)).one()
        claim.answer, claim.seen_at, claim.checked_at = "nxdomain", f"canary-{key}.example", now()
        domains.claim(f"canary-{key}-brand.example")
        recipients.choose(recipients.ticks(recipients.lines()) | {_tick(party.people["member"])}, seen=())
    with portal.acting():
        applications.receive(party.people["applicant"], domain=f"canary-{key}.example", is_public=False)
        session().add(
            DomainDispute(
                domain=f"canary-{key}-disputed.example",
                org_id=org.id,
                reason=f"canary-{key}",
                decided_at=now(),
                outcome="holder",
            )
        )
        visits.record(_code(f"public-{key}"), new_secret(), OpeningEvidence(f"canary-{key}.example"))
        client = _sign_up(key, f"canary-{key}-client.example", referral=f"public-{key}")
        gone = client_accounts.fetch(_sign_up(key, f"canary-{key}-gone.example", referral=f"public-{key}"))
        with acting(STAFF):
            cancellations.tell(gone.external_id, "cancelled", now(), f"Canary-{key.title()} reason")
            moved = EventDetails(f"canary-{key}-elsewhere.example")
            waits = f"canary-{key}-waits", "site_changed", now(), f"Canary-{key.title()} reason", f"canary-{key}"
            vendor_events.tell(client_events.check(*waits, details=moved))
        with acting(SYSTEM, org.id):
            row = session().scalars(select(Client).where(Client.client_account_id == client)).one()
    party.ids = {
        "slug": org.slug,
        "code": f"public-{key}",
        "lead_id": str(lead.id),
        "link_id": str(primary.id),
        "client_id": str(row.id),
        "request_id": str(waiting.id),
        "org_id": str(org.id),
        "membership_id": _membership_id(portal, org, party.people["leaver"]),
        "invitation_id": str(invited.id),
        "domain_id": str(claim.id),
    }
    return party


def _tick(user: User) -> recipients.Tick:
    return Topic.CLIENTS, _membership(user).id


def _membership_id(portal: Portal, org: Organization, user: User) -> str:
    with portal.acting(SYSTEM, org.id):
        return str(_membership(user).id)


def _email(key: str, name: str) -> str:
    return f"canary-{key}-{name}@public-{key}.example"


def _details(key: str, website: str) -> LeadDetails:
    name = f"Canary-{key.title()}"
    return LeadDetails(f"{name} Ltd", website, f"{name} contact", f"canary-{key}@elsewhere.example", f"{name} note")


def _code(code: str) -> ReferralCode:
    return session().scalars(select(ReferralCode).where(ReferralCode.code == code)).one()


def _sign_up(key: str, website: str, *, referral: str = "", tied: Any = ()) -> uuid.UUID:
    signup = signups.check(
        external_id=f"canary-{key}-{website}",
        company=f"Canary-{key.title()} client",
        website=website,
        email=f"canary-{key}@canary-{key}-client.example",
        signed_up_at=now(),
        referral=referral,
        came_by="csv",
    )
    return signups.record(signup, Ties(tied)).account.id


def _share_clients(portal: Portal, acme: Party, bolt: Party) -> None:
    """A site that Bolt holds and Acme waits for, a client that both had a part in, and one that nobody had.

    Neither learns of the other.
    """
    shared, both = "waited-for.example", "both-had-a-part.example"
    for party, site in ((bolt, shared), (acme, shared), (acme, both)):
        with portal.acting(party.people["member"].actor, party.org.id):
            registrations.submit(party.org, party.people["member"], _details(party.key, site))
    for party in (acme, bolt):
        with portal.acting(party.people["member"].actor, party.org.id):
            site = f"canary-{party.key}-renewed.example"
            renewed = registrations.submit(party.org, party.people["member"], _details(party.key, site)).lead
            registrations.renew(renewed, f"Canary-{party.key.title()} progress")
    with portal.acting():
        opened = visits.find(visits.record(_code("public-bolt"), new_secret()))
        signup = signups.check(
            external_id="both-had-a-part",
            company="Both Ltd",
            website=both,
            email="",
            signed_up_at=now(),
            referral="",
            came_by="csv",
        )
        signups.record(signup, Ties([opened] if opened else []))
        nobodys = {"external_id": "nobodys", "company": "Nobody’s Ltd", "website": "nobodys.example"}
        signups.record(signups.check(**nobodys, email="", signed_up_at=now(), referral="", came_by="csv"))


def _create_clients(portal: Portal, party: Party) -> None:
    """Two accounts created on the client's behalf: one whose link waits, one whose link was stopped."""
    person = party.people["member"]
    with portal.acting(person.actor, party.org.id):
        for state, endpoints in (("live", ("show", "refuse")), ("dead", ("ask",))):
            details = _details(party.key, f"canary-{party.key}-{state}.example")
            made = creation.create(party.org, session().get_one(User, person.id), details, state)
            party.ids.setdefault("hand_over_id", str(made.row.id))
            url = handovers.mail_values(made.row, made.client)["transfer_url"]
            party.tokens |= {f"transfer.{endpoint}": url.rpartition("/")[2] for endpoint in endpoints}
        handovers.cancel(made.row.id)


def _sign_clients_up(portal: Portal, party: Party) -> None:
    """A client who has sent the form of its link from the browser of one of the team, and has yet to confirm it."""
    key, name = party.key, f"Canary-{party.key.title()}"
    site, email = f"canary-{key}-waiting.example", f"canary-{key}@elsewhere.example"
    with portal.acting():
        given = FormGiven(f"form-{key}", f"{name} client", site, email, name, False)
        browser = BrowserGiven("Firefox on Linux", (), None, [party.org.id])
        row = requests.ask(_code(f"public-{key}"), given, browser)
        token = str(requests.mail_values(row)["confirm_url"]).rpartition("/")[2]
    party.ids["external_id"] = row.external_id
    party.tokens |= {f"confirm_sign_up.{endpoint}": token for endpoint in ("show", "refuse")}


def _claim_accounts(portal: Portal, parties: dict[str, Party]) -> None:
    """Everybody waits for the client of their own, manages one more, and has claimed one that all have claimed."""
    with portal.acting():
        owner = {"external_id": "all-claim", "company": "All Ltd", "website": "all-claim.example"}
        email = "owner@all-claim.example"
        signups.record(signups.check(**owner, email=email, signed_up_at=now(), referral="", came_by="csv"))
        active = {key: _sign_up(key, f"canary-{key}-managed.example") for key in parties}
    for key, party in parties.items():
        person = party.people["member"]
        sites = [f"canary-{key}-client.example", f"canary-{key}-managed.example", "all-claim.example"]
        with portal.acting(person.actor, party.org.id):
            user = session().get_one(User, person.id)
            bulk_claims.claim(party.org, user, sites)
            late = late_claims.take(f"canary-{key}-late.example", user, now())
            late.answered_at, late.code, late.site = now(), "no-client", late.line
            client = session().scalars(select(Client).where(Client.id == uuid.UUID(party.ids["client_id"]))).one()
            for account_id, endpoints in ((client.client_account_id, ("page", "answer")), (active[key], ("end",))):
                row, account = claim_states.of_account(account_id), client_accounts.fetch(account_id)
                assert row is not None
                token = consent_mails.link(row, account).rpartition("/")[2]
                party.tokens |= {f"confirm_managed.{endpoint}": token for endpoint in endpoints}
                ASKED.append(str(row.id))
        with portal.acting():
            client_answers.confirm(account, row.id)


def _ask_and_rule(portal: Portal, parties: dict[str, Party]) -> None:
    """Cask asks for another look at everybody's client, and staff have ruled once about an account of each."""
    cask = parties["cask"]
    for key, party in parties.items():
        with portal.acting(cask.people["member"].actor, cask.org.id):
            account = client_accounts.find(f"canary-{key}-canary-{key}-client.example")
            assert account is not None
            if party is not cask:
                asker = session().get_one(User, cask.people["member"].id)
                another_look.raise_dispute(account, cask.org, asker, "Canary-Cask words")
        with portal.acting(party.people["member"].actor, party.org.id):
            account = client_accounts.find(f"canary-{key}-canary-{key}-managed.example")
            assert account is not None
            asker = session().get_one(User, party.people["member"].id)
            another_look.raise_dispute(account, party.org, asker, f"Canary-{key.title()} words")
        with portal.acting(STAFF):
            rulings.rule(account, party.org.id, f"Canary-{key.title()} reason", STAFF)


def _people(portal: Portal, parties: dict[str, Party]) -> list[Principal]:
    acme, bolt, cask = parties["acme"], parties["bolt"], parties["cask"]
    newcomer = make_user(portal, "newcomer@elsewhere.example", name="New Comer")
    staff, reader = (make_user(portal, f"{name}@meridian.example", name="Sta Ff") for name in ("staff", "reader"))
    leaver = make_member(portal, acme.org, "leaver@public-acme.example", name="Lea Ver")
    with portal.acting(SYSTEM, acme.org.id):
        invitations.invite(address(newcomer.email), "member")
    with portal.acting():
        applications.receive(newcomer, domain="elsewhere.example", is_public=False)
        for person in (staff, reader):
            sign_ins.grant_staff(person.email_key, StaffRole.STAFF)
    everybody = [
        Principal("anonymous"),
        Principal("member", acme.people["member"].email, "acme", Role.MEMBER, frozenset({"acme"})),
        Principal("admin", acme.people["admin"].email, "acme", Role.ADMIN, frozenset({"acme"})),
        Principal("owner", acme.people["owner"].email, "acme", Role.OWNER, frozenset({"acme"})),
        Principal("removed member", leaver.email, "acme", None, knows=frozenset({"acme"})),
        Principal("member of a suspended org", cask.people["member"].email, "cask", None, frozenset({"cask"})),
        Principal("other org's admin", bolt.people["admin"].email, "bolt", Role.ADMIN, frozenset({"bolt"})),
        Principal("invited person", newcomer.email, knows=frozenset({"acme"})),
        Principal("staff person", staff.email),
        Principal("staff person who reads", reader.email, "acme", inside=frozenset({"acme"})),
    ]
    for who in everybody:
        _open_browser(portal, who)
        if who.home:
            party = parties[who.home]
            colleague = party.people["admin" if who.role == Role.OWNER else "owner"]
            who.colleague = _membership_id(portal, party.org, colleague)
    with portal.acting(SYSTEM, acme.org.id):
        memberships.remove(_membership(leaver), reason="no-longer-here")
    with portal.acting(STAFF):
        pauses.suspend(organizations.fetch(cask.org.id), "Canary-Cask reason")
    return everybody


def _open_browser(portal: Portal, who: Principal) -> None:
    """Keep what the browser of this person sends: its cookie and the form token that belongs to it."""
    browser = portal.sign_in(who.email) if who.is_signed_in else _asking_browser(portal, who)
    token = CSRF.search(browser.get("/help").get_data(as_text=True) + browser.get("/sign-in").get_data(as_text=True))
    cookie = browser.client.get_cookie("portal")  # after the page: its form token lives in the cookie
    assert cookie is not None and token is not None
    who.cookie, who.csrf = cookie.value, token[1]
    with portal.acting():
        newest = select(UserSession.id).join(User).where(User.email == who.email).order_by(UserSession.id.desc())
        who.session_id = str(session().scalar(newest.limit(1)) or "")


def _asking_browser(portal: Portal, who: Principal) -> Browser:
    """A stranger's browser in which an account was asked for, so that the page with the code has something to do."""
    browser = portal.browser()
    asked = {"name": "No Body", "email": who.email, "password": PASSWORD}
    assert browser.post("/request-account", asked).status_code == 303
    found = re.search(r"\d{3} \d{3}", portal.mails(to=who.email)[-1].text)
    assert found is not None
    who.code = found[0]
    return browser


def _look_at_settings(portal: Portal, parties: dict[str, Party]) -> None:
    with portal.acting():
        for key, party in parties.items():
            SEEN[key] = settings.read(organizations.fetch(party.org.id)).to_text()


def _membership(user: User) -> Membership:
    return session().scalars(select(Membership).where(Membership.user_id == user.id)).one()


def _mail_tokens(portal: Portal, party: Party) -> None:
    """The secrets of this organization's people that stand in mails."""
    key = party.key
    with portal.acting():
        for number, endpoint in enumerate(("verify", "discard", "another_link")):
            asked = address(f"canary-{key}-new{number}@public-{key}.example")
            request = account_requests.RequestedAccount(
                f"Canary-{key.title()} new", asked, hash_password(PASSWORD), "Firefox"
            )
            account_requests.ask(request, new_secret())
            session().flush()
            text = session().scalars(select(OutboxMail.text).where(OutboxMail.to == asked.email)).one()
            party.tokens[f"arrivals.{endpoint}"] = re.findall(r"/verify/([\w-]{43})", text)[0]
        refused = f"canary-{key}-refused@elsewhere.example"
        refusals.refuse(refused)
        party.tokens["public.no_more_mail"] = refusals.link(refused).rpartition("/")[2]
        _change_address(party)
        party.tokens["organizations.object_recovery"] = _recovery_token(party)
        reset = sign_ins.reset_link(party.people["resetter"])
        party.tokens["accounts.reset_password"] = reset.rpartition("/")[2]
        with acting(SYSTEM, party.org.id):
            undo = undo_links.sign(_membership(party.people["leaver"]), party.people["owner"])
            invitations.ask_proof(invitations.fetch(uuid.UUID(party.ids["invitation_id"])), party.people["applicant"])
        party.tokens["organizations.undo_join"] = undo
        to_invited = OutboxMail.to == f"canary-{key}-invited@elsewhere.example"
        mails = "\n".join(session().scalars(select(OutboxMail.text).where(to_invited)))
        proof, invited = (re.findall(pattern, mails) for pattern in (r"/proofs/(\S+)", r"/invitations/([\w-]{43})\s"))
        party.tokens["organizations.proof"] = proof[-1]
        for endpoint in ("invitation", "sign_out_of_another", "prove_invited"):
            party.tokens[f"organizations.{endpoint}"] = invited[-1]


def _make_api_tokens(portal: Portal, party: Party) -> None:
    """A token that reads, one that reads and writes, and an answer that is kept for a repeated call."""
    name = f"Canary-{party.key.title()}"
    with portal.acting(party.people["admin"].actor, party.org.id):
        made = {scope: api_tokens.create(f"{name} {scope}", scope) for scope in api_tokens.SCOPES}
    with (
        portal.acting(),
        clock.at(now() + timedelta(days=1)),
    ):  # that it is used is noted for as long as the crawl goes on
        for token in made.values():
            assert api_tokens.find(token.secret)
    with portal.acting():
        row = made["write"].row
        session().add(
            ApiAnswer(token_id=row.id, key=f"canary-{party.key}", request="x", status=200, body=f"canary-{party.key}")
        )
    party.api = {scope: token.secret for scope, token in made.items()}
    party.ids["token_id"] = str(row.id)


def _recovery_token(party: Party) -> str:
    """A member has asked to become owner; the link by which the owner objects."""
    with acting(SYSTEM, party.org.id):
        asks, owner = party.people["leaver"], party.people["owner"]
        domain = f"canary-{party.key}.example"
        row = OwnerRecovery(user_id=asks.id, domain=domain, token=new_secret(), answer="proved", proved_at=now())
        session().add(row)
        session().flush()
        return sign("object-recovery", {"org": str(party.org.id), "recovery": str(row.id), "owner": str(owner.id)})


def _change_address(party: Party) -> None:
    """Somebody has changed their address, and has asked to change it once more."""
    user = session().merge(party.people["resetter"])
    names = iter(("moved", "again"))

    def mailed(path: str) -> str:
        session().flush()
        found = session().scalars(select(OutboxMail.text).order_by(OutboxMail.id.desc())).all()
        return next(match[1] for text in found if (match := re.search(rf"/{path}/([\w-]{{43}})", text)))

    with acting(user.actor):
        assert email_changes.confirm(email_changes.ask(user, address(_email(party.key, next(names))))) == "changed"
        party.tokens["arrivals.undo_email"] = mailed("undo-email")
        email_changes.ask(user, address(_email(party.key, next(names))))
        for endpoint in ("confirm_email", "discard_email"):
            party.tokens[f"arrivals.{endpoint}"] = mailed("confirm-email")


def _mark(watch: SqliteWatch | PostgresqlWatch, parties: dict[str, Party]) -> None:
    """Write the canary into every text that an organization or its people own and that does not yet say whose it is."""
    for table in Base.metadata.sorted_tables:
        whose = next((name for name in ("user_id", "org_id") if name in table.columns), "id")
        keyed = {column.name for column in table.columns if column.foreign_keys or column.primary_key} | {"email_key"}
        columns = [column for column in _texts(table) if column.name not in keyed]
        if (
            table.name
            in {"org_event", "client_event", "credit_entry", "decision", "programme_event", "ruling", "api_answer"}
            or not columns
        ):
            continue  # append-only, or no organization's by itself
        for key, party in parties.items():
            ids = [party.org.id.hex, *(user.id.hex for user in party.people.values())]
            values = ", ".join(
                f"{column.name} = case when lower(coalesce({column.name}, '')) like '%-{key}%' then {column.name} "
                f"else 'canary-{key} ' || coalesce({column.name}, '') end"
                for column in columns
            )
            mine = f"replace(cast({whose} as text), '-', '') in ({str(ids)[1:-1]})"
            if table.name == "dispute_side":  # an answer comes with the moment it was given
                mine += " and closed_at is not null"
            if table.name == "client_account":  # the vendor's customer; here each was brought by one organization
                mine = f"site like 'canary-{key}-%'"
            watch.execute(f"update {table.name} set {values} where {mine}")  # noqa: S608  (names of ours alone)


def _texts(table: Any) -> list[Any]:
    coded = CODED.get(table.name, "").split()
    return [column for column in table.columns if isinstance(column.type, String) and column.name not in coded]


def unmarked(world: World) -> list[str]:
    """The text columns in which Acme or Bolt has no row that says whose it is, and which CODED does not name."""
    found, snapshot = [], world.watch.snapshot()
    for table in Base.metadata.sorted_tables:
        coded, names = CODED.get(table.name, "").split(), world.watch.columns(table.name)
        for column in table.columns:
            if not isinstance(column.type, String | JSON) or column.name in coded:
                continue
            cells = [row.split("\t")[names.index(column.name)].lower() for row in snapshot[table.name]]
            found += [
                f"{table.name}.{column.name} of {key}"
                for key in ("acme", "bolt")
                if not any(marker in cell for cell in cells for marker in world.markers(key))
            ]
    return found


Form = Callable[[Principal], dict[str, str]]
_new = {"name": "Some Body", "email": "somebody@elsewhere.example", "password": NEW_PASSWORD}
ASKED: list[str] = []
"""Claims that clients were asked about; a link answers only for its own account's."""
SEEN: dict[str, str] = {}
"""The settings of each organization as its page shows them, by key."""
FORMS: dict[str, Form] = {
    "accounts.request_account": lambda who: _new,
    "accounts.sign_in": lambda who: {
        "email": who.email if who.is_signed_in else "newcomer@elsewhere.example", "password": PASSWORD
    },
    "accounts.forgot_password": lambda who: {"email": who.email},
    "accounts.reset_password": lambda who: {"password": NEW_PASSWORD},
    "accounts.me": lambda who: {"name": "Other Name"},
    "accounts.security": lambda who: {"current": PASSWORD, "password": NEW_PASSWORD},
    "arrivals.change_email": lambda who: {"email": "fresh@elsewhere.example", "current": PASSWORD},
    "arrivals.email_code": lambda who: {"code": who.code},
    "arrivals.check_mailbox": lambda who: {"code": who.code},
    "arrivals.verify": lambda who: {"password": NEW_PASSWORD},
    "credit.new_client": lambda who: {
        "kind": "behalf", "company": "Fresh Ltd", "website": "fresh.example", "contact_email": "fresh@fresh.example"
    },
    "credit.hand_over_address": lambda who: {"contact_email": "other@elsewhere.example"},
    "transfer.show": lambda who: {"name": "Fresh Owner"},
    "credit.check": lambda who: {"website": "fresh-check.example", "email": "fresh@fresh-check.example"},
    "credit.missing": lambda who: {"website": "nobodys.example"},
    "credit.look_for_missing": lambda who: {"website": "nobodys.example", "words": "We brought them."},
    "credit.claim_managed": lambda who: {"lines": "nobodys.example"},
    "credit.register_line": lambda who: {"website": "fresh-line.example"},
    "credit.end_managed": lambda who: {"state": "pending"},
    "confirm_managed.answer": lambda who: {"no": " ".join(ASKED)},
    "credit.ask_again": lambda who: {"words": "Fresh words."},
    "credit.create_link": lambda who: {"label": "Fair"},
    "landing.sign_up": lambda who: {"website": "fresh-client.example", "email": "fresh@fresh-client.example"},
    "staff.found_org": lambda who: {
        "name": "Fresh Agency", "domain": "fresh-agency.example", "policy": "auto", "reason": "We know them."
    },
    "staff.sign_person_out": lambda who: {"email": "canary-acme-leaver@public-acme.example", "reason": "It was lost."},
    "accounts.revoke_session": lambda who: {"current": PASSWORD},
    "accounts.revoke_all_sessions": lambda who: {"current": PASSWORD},
    "staff.add_mail_provider": lambda who: {"name": "fresh-provider.example"},
    "staff.remove_mail_provider": lambda who: {"name": "fresh-provider.example"},
    "organizations.add_domain": lambda who: {"name": "fresh-brand.example"},
    "organizations.save_policy": lambda who: {"policy": "auto", "seen": "1-0-0-0-1"},
    "organizations.apply": lambda who: {"org_name": "Fresh Agency"},
    "credit.renew_lead": lambda who: {"progress": "They asked for an offer."},
    "credit.leave": lambda who: {"heir": who.colleague},
    "organizations.invitation": lambda who: {"name": "Some Body", "password": NEW_PASSWORD},
    "organizations.send_invitations": lambda who: {"addresses": "fresh@elsewhere.example", "role": "member"},
    "organizations.save_settings": lambda who: {
        "name": "Fresh Name", "policy": "request", "seen": SEEN.get(who.home or "", "")
    },
    "organizations.save_own_mails": lambda who: {"topic": "clients", "on": "no"},
    "organizations.change_role": lambda who: {"role": "member"},
    "staff.save_rules": lambda who: {
        "window_days": "30", "lead_days": "60", "hold_hours": "0", "order": "link-first", "click": "first", "seen": "1",
        "lead_limit": "20", "lead_cooldown_days": "7",
        "reason": "Fresh reason.",
    },
    "webhooks.add": lambda who: {"url": "https://fresh.example/hooks", "types": "lead.ended"},
    "webhooks.change": lambda who: {"url": "https://fresh.example/hooks", "types": "lead.ended"},
    "webhooks.replace_secret": lambda who: {"seen": "1"},
    "webhooks.resend_range": lambda who: {"since": "2026-01-01", "until": "2099-01-01"},
    "programme_webhooks.add": lambda who: {"url": "https://fresh.example/hooks", "types": "lead.ended"},
    "integrations.create_token": lambda who: {"name": "Fresh CRM", "scope": "read", "days": "30"},
    "staff.create_token": lambda who: {"name": "Fresh shop", "scope": "write", "days": ""},
    "staff.test_sign_up": lambda who: {"website": "fresh-test.example"},
    "organizations.decline_request": lambda who: {"reason": "Ask your office."},
}  # fmt: skip
"""What a form needs to be taken, by endpoint; the others need nothing but their button."""
