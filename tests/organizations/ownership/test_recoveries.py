"""Recovering the ownership of an organization whose owners are gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from partner_access import clock
from partner_access.clock import now
from partner_access.db import SYSTEM, acting
from partner_access.organizations.models import Organization
from partner_access.organizations.ownership.recovery_rules import (
    IDLE,
    OBJECT,
    REFUSALS,
    SENTENCES,
    RecoveryFacts,
    decide,
)
from partner_access.organizations.team import memberships
from tests.factories import make_member, make_org
from tests.portal import Browser, Portal
from tests.servers.nameserver import NameServer
from tests.threads import at_once

OLGA, MIA = "olga@acme.example", "mia@acme.example"
HERE, PAGE = "_partner-access-challenge.acme.example", "/orgs/acme/recover-ownership"
AT = datetime(2026, 11, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GONE = {"is_member": True, "is_owner": False, "owner_seen_at": AT - IDLE, "domains": ("acme.example",)}
ASKED = GONE | {"domain": "acme.example"}

EXAMPLES = {
    "owners gone": (RecoveryFacts(**GONE), "may-ask"),
    "no owner at all": (RecoveryFacts(**GONE | {"owner_seen_at": None}), "may-ask"),
    "a second too early": (RecoveryFacts(**GONE | {"owner_seen_at": AT - IDLE + SECOND}), "owner-active"),
    "an owner was here today": (RecoveryFacts(**GONE | {"owner_seen_at": AT}), "owner-active"),
    "an owner asks": (RecoveryFacts(**GONE | {"is_owner": True}), "is-owner"),
    "no member any more": (RecoveryFacts(**ASKED | {"is_member": False, "proved_at": AT - OBJECT}), "not-a-member"),
    "no proved domain": (RecoveryFacts(**GONE | {"domains": ()}), "no-domain"),
    "asked": (RecoveryFacts(**ASKED), "may-prove"),
    "the domain was lost": (RecoveryFacts(**ASKED | {"domains": ("other.example",)}), "domain-lost"),
    "just proved": (RecoveryFacts(**ASKED | {"proved_at": AT}), "waiting"),
    "a second before the week is over": (RecoveryFacts(**ASKED | {"proved_at": AT - OBJECT + SECOND}), "waiting"),
    "the week is over": (RecoveryFacts(**ASKED | {"proved_at": AT - OBJECT}), "granted"),
    "an owner came back in the week": (
        RecoveryFacts(**ASKED | {"proved_at": AT - OBJECT, "owner_seen_at": AT - SECOND}), "owner-active",
    ),
    "the domain was lost in the week": (
        RecoveryFacts(**ASKED | {"proved_at": AT - OBJECT, "domains": ("other.example",)}), "domain-lost",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_step_is_decided_anew(name: str) -> None:
    facts, code = EXAMPLES[name]
    assert decide(facts, AT) == code


def test_every_refusal_is_reached_and_explained() -> None:
    assert {code for _, code in EXAMPLES.values()} >= REFUSALS
    assert set(SENTENCES) >= {code for _, code in EXAMPLES.values()}


@pytest.fixture
def server(portal: Portal) -> Iterator[NameServer]:
    with NameServer(names={"acme.example"}) as server:
        portal.app.config["DNS_NAMESERVER"] = ("127.0.0.1", server.port)
        yield server


@pytest.fixture
def acme(portal: Portal) -> Organization:
    """An organization whose owner was last here 60 days ago, with a member who was not."""
    with clock.at(now() - IDLE - timedelta(minutes=1)):
        org = make_org(portal)
        make_member(portal, org, OLGA, role="owner", name="Olga Owner")
        portal.sign_in(OLGA)
    make_member(portal, org, MIA, name="Mia Falk")
    return org


def role(portal: Portal, org: Organization, email: str) -> str:
    with portal.acting(), acting(SYSTEM, org.id):
        return next(row.role for row in memberships.listing() if row.user.email == email)


def prove(portal: Portal, server: NameServer) -> Browser:
    """Mia asks, publishes her record, and checks."""
    mia = portal.sign_in(MIA)
    assert mia.post(PAGE, {"domain": "acme.example"}).status_code == 303
    found = re.search(r'value="(partner-access-verify=[\w-]{43})"', mia.get(PAGE).get_data(as_text=True))
    assert found, mia.text
    server.publish(HERE, found[1])
    assert mia.post(f"{PAGE}/check", on=PAGE).location == PAGE
    return mia


def work(portal: Portal) -> int:
    return portal.work()


def objection(portal: Portal) -> str:
    found = re.search(r"http://localhost(/object-recovery/\S+)", portal.mails(OLGA, "recovery-started")[-1].text)
    assert found
    return found[1]


def test_a_member_who_proves_the_domain_becomes_owner_after_a_week(
    portal: Portal, acme: Organization, server: NameServer
) -> None:
    mia = prove(portal, server)
    assert "All owners were mailed and can object until" in mia.get(PAGE).text
    assert MIA in portal.mails(OLGA, "recovery-started")[0].text
    with clock.at(now() + OBJECT - timedelta(minutes=1)):
        assert work(portal) == 0
    assert role(portal, acme, MIA) == "member"
    with clock.at(now() + OBJECT + SECOND):
        assert work(portal) == 1
        assert work(portal) == 0
    assert role(portal, acme, MIA) == role(portal, acme, OLGA) == "owner"
    assert {email for email in (OLGA, MIA) if portal.mails(email, "recovery-granted")} == {OLGA, MIA}
    assert portal.audited("ownership.recovered") == [("owners-inactive", {"domain": "acme.example"})]


def test_the_record_of_the_organization_itself_is_not_enough(
    portal: Portal, acme: Organization, server: NameServer
) -> None:
    """A token is good for one purpose and one person: an admin's old record does not make a member owner."""
    make_member(portal, acme, "adam@acme.example", role="admin")
    adam = portal.sign_in("adam@acme.example")
    [page] = re.findall(r'href="(/orgs/acme/domains/[\w-]{36})"', adam.get("/orgs/acme/domains").text)
    found = re.search(r'value="(partner-access-verify=[\w-]{43})"', adam.get(page).get_data(as_text=True))
    assert found
    server.publish(HERE, found[1])
    mia = portal.sign_in(MIA)
    mia.post(PAGE, {"domain": "acme.example"})
    mia.post(f"{PAGE}/check", on=PAGE)
    assert "with another value than the one above" in mia.get(PAGE).text
    assert not portal.mails(OLGA, "recovery-started")


def test_an_owner_objects_with_one_button_and_is_an_owner_who_is_there(
    portal: Portal, acme: Organization, server: NameServer
) -> None:
    mia = prove(portal, server)
    link, olga = objection(portal), portal.browser()
    olga.get(link)
    assert olga.heading == "Shall Mia Falk become an owner?"
    for _ in range(2):
        assert olga.post(link, on="/sign-in").location == link
    olga.get(link)
    assert olga.heading == "This is settled"
    assert "An owner of Acme objected" in portal.mails(MIA, "recovery-refused")[0].text
    with clock.at(now() + OBJECT + SECOND):
        assert work(portal) == 0
    mia.post(PAGE, {"domain": "acme.example"}, on="/me")
    assert "An owner of Acme was here on" in mia.get(PAGE).text
    assert role(portal, acme, MIA) == "member"
    assert ("objected", {}) in portal.audited("ownership.recovery_refused")


def test_an_owner_who_signs_in_during_the_week_ends_it(portal: Portal, acme: Organization, server: NameServer) -> None:
    prove(portal, server)
    with clock.at(now() + timedelta(days=3)):
        portal.sign_in(OLGA)
    with clock.at(now() + OBJECT + SECOND):
        assert work(portal) == 1
    assert role(portal, acme, MIA) == "member"
    assert "was here on" in portal.mails(MIA, "recovery-refused")[0].text
    assert portal.audited("ownership.recovery_refused") == [("owner-active", {})]


def test_who_was_removed_in_the_week_becomes_nothing(portal: Portal, acme: Organization, server: NameServer) -> None:
    prove(portal, server)
    with portal.acting(), acting(SYSTEM, acme.id):
        [row] = [row for row in memberships.listing() if row.user.email == MIA]
        memberships.remove(row, reason="test")
    with clock.at(now() + OBJECT + SECOND):
        assert work(portal) == 1
    with portal.acting(), acting(SYSTEM, acme.id):
        assert [row.user.email for row in memberships.listing()] == [OLGA]


def test_an_active_owner_is_asked_first_and_the_refusal_is_kept(portal: Portal, server: NameServer) -> None:
    org = make_org(portal)
    make_member(portal, org, OLGA, role="owner")
    make_member(portal, org, MIA)
    mia = portal.sign_in(MIA)
    assert "An owner of Acme was here on" in mia.get(PAGE).text
    mia.post(PAGE, {"domain": "acme.example"}, on="/me")
    assert "partner-access-verify" not in mia.get(PAGE).get_data(as_text=True)
    assert portal.audited("ownership.recovery_refused") == [("owner-active", {})]
    olga = portal.sign_in(OLGA)
    assert "You are an owner of Acme" in olga.get(PAGE).text


def test_a_domain_of_somebody_else_proves_nothing(portal: Portal, acme: Organization, server: NameServer) -> None:
    make_org(portal, "Bolt")
    mia = portal.sign_in(MIA)
    for domain in ("bolt.example", "", "x" * 300):
        mia.post(PAGE, {"domain": domain})
        assert "is not a proved domain of Acme" in mia.get(PAGE).text
    assert portal.audited("ownership.recovery_asked") == []


def test_the_member_may_withdraw(portal: Portal, acme: Organization, server: NameServer) -> None:
    mia = prove(portal, server)
    mia.post(f"{PAGE}/withdraw", on=PAGE)
    with clock.at(now() + OBJECT + SECOND):
        assert work(portal) == 0
    assert role(portal, acme, MIA) == "member"
    assert "Which domain’s DNS can you change?" in mia.get(PAGE).text


def test_an_objection_and_the_end_of_the_week_at_once_leave_one_outcome(
    portal: Portal, acme: Organization, server: NameServer
) -> None:
    prove(portal, server)
    link, browser = objection(portal), portal.browser()
    token = browser._token("/sign-in")

    def object_to_it() -> int:
        return browser.client.post(link, data={"csrf_token": token}).status_code

    with clock.at(now() + OBJECT):
        at_once(object_to_it, lambda: work(portal), lambda: work(portal))
    granted = len(portal.audited("ownership.recovered"))
    refused = len(portal.audited("ownership.recovery_refused"))
    assert granted + refused == 1
    assert role(portal, acme, MIA) == ("owner" if granted else "member")


def test_a_forged_link_is_a_404(portal: Portal, acme: Organization, server: NameServer) -> None:
    prove(portal, server)
    link = objection(portal)
    assert portal.browser().post(link[:-3] + "xxx", on="/sign-in").status_code == 404
