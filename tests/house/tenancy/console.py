"""What waits for staff in the world that the crawls walk through, and what fills the URLs of the staff console."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select, update

from partner_access import events, jobs
from partner_access.accounts import sign_ins
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit import deadlines
from partner_access.credit.attribution import signups
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.disputes import disputes
from partner_access.credit.managed import bulk_claims, claims
from partner_access.credit.models import ClientAccount
from partner_access.db import STAFF, acting, new_id, session
from partner_access.events import TYPES
from partner_access.integrations import tokens as api_tokens
from partner_access.integrations.webhooks import endpoints, queues
from partner_access.integrations.webhooks.models import WebhookDelivery
from partner_access.jobs.models import Job
from partner_access.mail.models import OutboxMail
from partner_access.organizations.directory import organizations, staff_readings
from partner_access.organizations.domains import domain_disputes
from partner_access.organizations.models import (
    Application,
    DomainDispute,
    EscalatedRequest,
    JoinRequest,
    Organization,
    StaffReadingPage,
)
from partner_access.transactions import insert_once
from tests.credit.agencies import accounts_of
from tests.portal import Portal

REASON = {"reason": "We know."}


@dataclass(frozen=True)
class Target:
    """What fills one URL, and the form that is taken there."""

    ids: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)


def build(portal: Portal, parties: dict[str, Any], reader: str) -> dict[str, list[Target]]:
    """Endpoint -> its targets, some of both organizations. reader: one of staff, who reads the pages of Acme."""
    cases: list[Target] = []
    for key in ("acme", "bolt"):
        party = parties[key]
        with portal.acting(STAFF):
            cases += [_application(party), _join_request(party), _question(party), _claim(party)]
    with portal.acting(STAFF):
        cases.append(_domain())
    cases.append(_ownerless(portal, parties["acme"]))
    orgs = [Target({"slug": parties[key].org.slug}, REASON) for key in ("acme", "bolt")]
    mails = [_failed_mail(portal, parties[key]) for key in ("acme", "bolt")]
    sign_ups = [Target({"external_id": parties[key].ids["external_id"]}, REASON) for key in ("acme", "bolt")]
    clients_shown = [_client(portal, parties[key]) for key in ("acme", "bolt")]
    return {
        "staff.case": cases,
        "staff.decide": cases,
        "staff.read_org": orgs,
        "staff.start_reading": orgs,
        "staff.stop_reading": [Target({"reading_id": str(_reading(portal, parties["acme"].org, reader))})],
        "staff.resend_mail": mails,
        "staff.confirm_sign_up": sign_ups,
        "staff.take_sign_up": sign_ups,
        "staff.rotate_token": _programme_tokens(portal),
        "staff.revoke_token": _programme_tokens(portal),
        "staff.try_job_again": [_job_set_aside(portal, parties[key]) for key in ("acme", "bolt")],
        **_of_clients(clients_shown),
        **_of_webhooks(webhook(portal, None, "programme")),
        **_organizations(parties),
    }


def _programme_tokens(portal: Portal) -> list[Target]:
    with portal.acting(STAFF):
        return [Target({"token_id": str(api_tokens.create("A shop", "write").row.id)})]


def _reading(portal: Portal, org: Organization, reader: str) -> uuid.UUID:
    with portal.acting(STAFF):
        user = sign_ins.find(reader)
        assert user is not None
        row = staff_readings.start(org, user, "The team asked us to look.")
        for endpoint in {rule.endpoint for rule in portal.app.url_map.iter_rules()}:
            insert_once(StaffReadingPage(reading_id=row.id, endpoint=endpoint))  # noted: a look writes nothing
        return row.id


def _client(portal: Portal, party: Any) -> ClientAccount:
    """The client that its organization brought, about which a question is open."""
    with portal.acting(STAFF, party.org.id):
        return client_accounts.fetch(clients.fetch(uuid.UUID(party.ids["client_id"])).client_account_id)


def _of_clients(accounts: list[ClientAccount]) -> dict[str, list[Target]]:
    """Every page of a client, and every act: each is taken back after it was tried."""

    def targets(**form: str) -> list[Target]:
        filled = [{name: text.format(site=row.site) for name, text in form.items()} for row in accounts]
        return [Target({"account_id": str(row.id)}, data) for row, data in zip(accounts, filled, strict=True)]

    def told(**form: str) -> list[Target]:
        kinds = ("cancelled", "reactivated")
        return [Target({"account_id": str(row.id), "kind": kind}, form) for row in accounts for kind in kinds]

    looks = ("client", "move_client", "merge_client", "rule_client")
    return {f"staff.{look}": targets() for look in looks} | {
        "staff.move": targets(website="fresh-home.example", shown="{site}", **REASON),
        "staff.merge": targets(stays="nobodys", **REASON),
        "staff.rule": targets(choice="nobody", **REASON),
        "staff.client_event": told(),
        "staff.tell_client_event": told(at="2026-01-01", **REASON),
    }


def webhook(portal: Portal, org: Organization | None, word: str) -> dict[str, str]:
    """A webhook whose every text holds this word, with a delivery that was answered; their ids."""
    org_id = org.id if org else None
    with portal.acting(STAFF, org_id):
        row = endpoints.add(f"https://{word}-hooks.example/x", set(TYPES))
        events.tell("lead.registered", org_id, lead_id=None, site=f"{word}-lead.example", held_until=None)
    with portal.acting():
        while queues.publish_due():
            pass
        mine = WebhookDelivery.endpoint_id == row.id
        sent = session().scalars(select(WebhookDelivery).where(mine).order_by(WebhookDelivery.id.desc()).limit(1)).one()
        sent.state, sent.due_at, sent.status, sent.answer, sent.error = "failed", None, 500, word, word
    return {"endpoint_id": str(row.id), "delivery_id": str(sent.id)}


def _of_webhooks(ids: dict[str, str]) -> dict[str, list[Target]]:
    """Every page and act of the programme's own webhook."""
    one = {"endpoint_id": ids["endpoint_id"]}
    form = {"url": "https://fresh.example/hooks", "types": "lead.ended"}
    days = {"since": "2026-01-01", "until": "2099-01-01"}
    acts = {"change": form, "replace_secret": {"seen": "1"}, "resend_range": days}
    acts |= {act: {} for act in ("endpoint", "switch_on", "switch_off", "remove", "ping")}
    return {f"programme_webhooks.{act}": [Target(one, data)] for act, data in acts.items()} | {
        f"programme_webhooks.{act}": [Target(ids)] for act in ("delivery", "resend")
    }


def _failed_mail(portal: Portal, party: Any) -> Target:
    with portal.acting(STAFF):
        mine = OutboxMail.org_id == party.org.id, OutboxMail.text != ""
        mail_id = session().scalars(select(OutboxMail.id).where(*mine).order_by(OutboxMail.id).limit(1)).one()
        session().execute(update(OutboxMail).where(OutboxMail.id == mail_id).values(state="failed"))
        session().execute(delete(Job).where(Job.id == mail_id))
    return Target({"outbox_id": str(mail_id)})


def _job_set_aside(portal: Portal, party: Any) -> Target:
    job_id = new_id()
    with portal.acting(STAFF):
        jobs.enqueue(deadlines.DISPUTE, new_id(), job_id=job_id, org_id=party.org.id)
        session().flush()
        session().execute(update(Job).where(Job.id == job_id).values(set_aside_at=now(), last_error="gone"))
    return Target({"job_id": str(job_id)})


def _organizations(parties: dict[str, Any]) -> dict[str, list[Target]]:
    """Every act on an organization that is in a state for it: Cask is paused."""
    slugs = {key: {"slug": party.org.slug} for key, party in parties.items()}
    acts = [("acme", "pause"), ("bolt", "close"), ("cask", "resume")]
    owner = {"email": "fresh-owner@elsewhere.example", **REASON}
    return {
        "staff.org": [Target(ids) for ids in slugs.values()],
        "staff.act_on_org": [Target(slugs[key] | {"act": act}, REASON) for key, act in acts],
        "staff.merge_org": [
            Target(slugs[gone], {"into": slugs[stays]["slug"], **REASON})
            for gone, stays in (("acme", "bolt"), ("bolt", "acme"))
        ],
        "staff.invite_owner": [Target(slugs[key], owner) for key in ("acme", "bolt")],
        "staff.limit_leads": [Target(slugs[key], {"limit": "40", **REASON}) for key in ("acme", "bolt")],
    }


def _case(kind: str, item_id: object, choice: str) -> Target:
    return Target({"kind": kind, "item_id": str(item_id)}, {"choice": choice, **REASON})


def _application(party: Any) -> Target:
    row = session().scalars(select(Application).where(Application.user_id == party.people["applicant"].id)).one()
    return _case("application", row.id, "declined")


def _domain() -> Target:
    """A dispute of two organizations that nobody of the world belongs to."""
    organizations.found_org("Elm", domain="elm.example")
    rival = organizations.found_org("Fir")
    insert_once(DomainDispute(domain="elm.example", org_id=rival.id, opened_at=now()))
    dispute = domain_disputes.find("elm.example", rival.id)
    assert dispute is not None
    return _case("domain", dispute.id, "holder")


def _join_request(party: Any) -> Target:
    with acting(STAFF, party.org.id):
        row = session().scalars(select(JoinRequest).where(JoinRequest.decided_at.is_(None))).one()
    session().add(EscalatedRequest(join_request_id=row.id, org_id=party.org.id, told_staff_at=now()))
    return _case("join-request", row.id, "declined")


def _question(party: Any) -> Target:
    with acting(STAFF, party.org.id):
        account_id = clients.fetch(uuid.UUID(party.ids["client_id"])).client_account_id
    (row,) = (row for row in disputes.listing() if row.client_account_id == account_id)
    return _case(row.kind, row.id, "nobody")


def _claim(party: Any) -> Target:
    """A claim that only staff can answer: the account has no address."""
    site = f"canary-{party.key}-unasked.example"
    facts = {"external_id": f"canary-{party.key}-unasked", "company": f"Canary-{party.key.title()} unasked"}
    signups.record(signups.check(**facts, website=site, email="", signed_up_at=now(), referral="", came_by="csv"))
    person = party.people["member"]
    with acting(person.actor, party.org.id):
        bulk_claims.claim(party.org, session().get_one(User, person.id), [site])
    account = accounts_of(site)[0]
    (row,) = (row for row, other in claims.waiting() if other.id == account.id)
    return _case("managed", row.id, "yes")


def _ownerless(portal: Portal, party: Any) -> Target:
    with portal.acting(STAFF):
        mine = Organization.id == party.org.id
        session().execute(update(Organization).where(mine).values(ownerless_since=now()))
    return _case("ownership", party.org.id, party.ids["membership_id"])
