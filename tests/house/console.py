"""What waits for staff in the world that the crawls walk through, and what fills the URLs of the staff console."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update

from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit import client_accounts, clients, disputes, managed, pastes, signups
from partner_access.db import STAFF, acting, insert_once, session
from partner_access.organizations import domain_disputes, organizations
from partner_access.organizations.models import (
    Application,
    DomainDispute,
    JoinDeadline,
    JoinRequest,
    Organization,
)
from tests.portal import Portal

REASON = {"reason": "We know."}


@dataclass(frozen=True)
class Target:
    """What fills one URL, and the form that is taken there."""

    ids: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)


def build(portal: Portal, parties: dict[str, Any]) -> dict[str, list[Target]]:
    """Endpoint -> its targets, some of both organizations."""
    cases: list[Target] = []
    for key in ("acme", "bolt"):
        party = parties[key]
        with portal.acting(STAFF):
            cases += [_application(party), _join_request(party), _question(party), _claim(party)]
    with portal.acting(STAFF):
        cases.append(_domain())
    cases.append(_ownerless(portal, parties["acme"]))
    return {"staff.case": cases, "staff.decide": cases} | _organizations(parties)


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
    mine = JoinDeadline.join_request_id == row.id
    session().execute(update(JoinDeadline).where(mine).values(told_staff_at=now()))
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
        pastes.claim(party.org, session().get_one(User, person.id), [site])
    account = client_accounts.of_site(site)[0]
    (row,) = (row for row, other in managed.waiting() if other.id == account.id)
    return _case("managed", row.id, "yes")


def _ownerless(portal: Portal, party: Any) -> Target:
    with portal.acting(STAFF):
        mine = Organization.id == party.org.id
        session().execute(update(Organization).where(mine).values(ownerless_since=now()))
    return _case("ownership", party.org.id, party.ids["membership_id"])
