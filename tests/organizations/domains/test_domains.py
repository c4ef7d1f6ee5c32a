"""An organization's domains: claimed, proved against a real DNS server, looked after, disputed, let go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from partner_access import clock
from partner_access.clock import now
from partner_access.db import SYSTEM, acting, session
from partner_access.organizations.domains import domain_disputes, domains
from partner_access.organizations.models import Domain, DomainClaim, Organization
from partner_access.organizations.team import memberships
from tests.factories import make_member, make_org, make_user
from tests.portal import Browser, Portal
from tests.servers.nameserver import NameServer
from tests.threads import at_once

OLGA, BOB, SAM = "olga@acme.example", "bob@bolt.example", "sam@brand.example"
HERE = "_partner-access-challenge.brand.example"


@pytest.fixture
def server(portal: Portal) -> Iterator[NameServer]:
    with NameServer(names={"brand.example", "acme.example"}) as server:
        portal.app.config["DNS_NAMESERVER"] = ("127.0.0.1", server.port)
        yield server


@pytest.fixture
def acme(portal: Portal) -> Organization:
    org = make_org(portal)
    make_member(portal, org, OLGA, role="owner", name="Olga Owner")
    return org


def add(portal: Portal, email: str, slug: str, name: str = "brand.example") -> tuple[Browser, str]:
    """A browser of this person, who has just added the domain, and the domain's page."""
    browser = portal.sign_in(email)
    answer = browser.post(f"/orgs/{slug}/domains", {"name": name})
    assert answer.status_code == 303, browser.text
    return browser, str(answer.location)


def value(browser: Browser, page: str) -> str:
    """What the page says to publish."""
    found = re.search(r'value="(partner-access-verify=[\w-]{43})"', browser.get(page).get_data(as_text=True))
    assert found
    return found[1]


def prove(portal: Portal, server: NameServer, email: str, slug: str) -> tuple[Browser, str]:
    """Add brand.example, publish its record, check."""
    browser, page = add(portal, email, slug)
    server.publish(HERE, value(browser, page))
    assert browser.post(f"{page}/check", on=page).location == page
    return browser, page


def domain(portal: Portal, name: str = "brand.example") -> Domain | None:
    with portal.acting():
        return session().scalar(select(Domain).where(Domain.name == name))


def look(portal: Portal) -> bool:
    """What the worker does, once."""
    with portal.acting():
        return domains.recheck_due()


# -- adding -----------------------------------------------------------------------------------------------------------


def test_an_admin_adds_a_domain_and_sees_what_to_publish(portal: Portal, acme: Organization) -> None:
    browser, page = add(portal, OLGA, "acme", "@Brand.Example.")
    browser.get(page)
    assert browser.heading == "brand.example"
    html = browser.page.get_data(as_text=True) if browser.page else ""
    assert f'value="{HERE}"' in html
    assert "Not proved" in browser.text
    assert domain(portal) is None
    assert portal.audited("domain.claimed") == [(None, {"domain": "brand.example"})]


def test_adding_twice_leads_to_the_same_domain(portal: Portal, acme: Organization) -> None:
    assert add(portal, OLGA, "acme")[1] == add(portal, OLGA, "acme")[1]
    assert len(portal.audited("domain.claimed")) == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter the part of your addresses after the @"),
        ("gmail.com", "Anyone can have a mailbox there"),
        ("mail.yahoo.co.uk", "Anyone can have a mailbox there"),
        ("0815.ru", "throw-away mailboxes"),
        ("co.uk", "an ending many organizations share"),
        ("github.io", "an ending many organizations share"),
        ("192.0.2.1", "An IP address cannot be claimed"),
        ("brand", "The ending is missing"),
        ("printer.local", "works only inside one network"),
        ("ana@brand.example", "Enter only the part after the @"),
        ("https://brand.example/", "Enter only the part after the @"),
    ],
)
def test_what_nobody_may_claim_is_told_at_the_field(
    portal: Portal, acme: Organization, typed: str, sentence: str
) -> None:
    browser = portal.sign_in(OLGA)
    assert browser.post("/orgs/acme/domains", {"name": typed}).status_code == 422
    assert browser.text.count(sentence) == 2
    assert portal.audited("domain.claimed") == []


def test_a_domain_of_another_organization_is_added_like_any_other(portal: Portal, acme: Organization) -> None:
    make_org(portal, "Bolt", domain="brand.example")
    browser, page = add(portal, OLGA, "acme")
    browser.get(page)
    known = browser.text.replace(page.rpartition("/")[2], "")
    other, page = add(portal, OLGA, "acme", "free.example")
    other.get(page)
    assert re.sub(r"free\.example", "brand.example", other.text) == known


def test_an_organization_keeps_a_bounded_number_of_domains(portal: Portal, acme: Organization) -> None:
    with portal.acting(SYSTEM, acme.id):
        for number in range(domains.MOST - 1):
            domains.claim(f"d{number}.example")
    browser = portal.sign_in(OLGA)
    assert browser.post("/orgs/acme/domains", {"name": "one-more.example"}).status_code == 422
    assert "Remove one first." in browser.text


def test_a_member_sees_domains_and_changes_nothing(portal: Portal, acme: Organization, server: NameServer) -> None:
    make_member(portal, acme, "mia@acme.example")
    _, page = prove(portal, server, OLGA, "acme")
    mia = portal.sign_in("mia@acme.example")
    assert "brand.example" in mia.get("/orgs/acme/domains").text
    assert mia.get(page).status_code == 200
    assert "partner-access-verify" not in mia.get(page).get_data(as_text=True)
    for path in ("/orgs/acme/domains", f"{page}/check", f"{page}/policy", f"{page}/remove"):
        assert mia.post(path, {"name": "x.example"}, on="/orgs/acme/domains").status_code == 403
    assert domain(portal) is not None


# -- proving ----------------------------------------------------------------------------------------------------------


def test_the_record_proves_the_domain_which_then_lets_people_ask(
    portal: Portal, acme: Organization, server: NameServer
) -> None:
    portal.arrive(SAM)
    browser, page = prove(portal, server, OLGA, "acme")
    assert "The domain is proved." in browser.get(page).text
    row = domain(portal)
    assert row is not None
    assert (row.org_id, row.proof, row.policy) == (acme.id, "dns", "request")
    assert portal.audited("domain.proved") == [("dns", {"domain": "brand.example", "policy": "request"})]
    assert SAM in browser.get("/orgs/acme/team").text  # had applied; asks to be let in now
    kim = portal.arrive("kim@brand.example")
    kim.get("/join")
    assert kim.heading == "Wait for Acme to let you in"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("", "", "There is no record at _partner-access-challenge.brand.example yet."),
        (HERE, "partner-access-verify=0ld", "with another value than the one above"),
        (HERE, "v=spf1 -all", "it does not hold the value above"),
        (f"{HERE}.brand.example", "right", "your provider adds brand.example to the name by itself"),
        ("brand.example", "right", "The right value is at brand.example, which is another name."),
        ("SERVFAIL", "", "The name servers of brand.example gave no usable answer."),
    ],
)
def test_a_check_says_what_it_saw_and_what_to_do(
    portal: Portal, acme: Organization, server: NameServer, name: str, text: str, sentence: str
) -> None:
    browser, page = add(portal, OLGA, "acme")
    if name == "SERVFAIL":
        server.answer = name
    elif name:
        server.publish(name, value(browser, page) if text == "right" else text)
    browser.post(f"{page}/check", on=page)
    assert sentence in browser.get(page).text
    assert domain(portal) is None


def test_a_domain_is_looked_for_once_a_minute_also_when_it_was_removed_and_added_again(
    portal: Portal, acme: Organization, server: NameServer
) -> None:
    with clock.at(now().replace(second=10)):
        browser, page = add(portal, OLGA, "acme")
        browser.post(f"{page}/check", on=page)
        asked = len(server.asked)
        browser.post(f"{page}/check", on=page)
        assert "You can look once a minute." in browser.get(page).text
        browser.post(f"{page}/remove", on=page)
        _, page = add(portal, OLGA, "acme")
        browser.post(f"{page}/check", on=page)
        assert len(server.asked) == asked
    with clock.at(now().replace(second=10) + timedelta(minutes=1)):
        browser.post(f"{page}/check", on=page)
        assert len(server.asked) > asked


def test_ten_checks_at_once_look_once(portal: Portal, acme: Organization, server: NameServer) -> None:
    browser, page = add(portal, OLGA, "acme")
    server.publish(HERE, value(browser, page))
    token = browser._token(page)
    cookie = browser.client.get_cookie("portal")
    assert cookie

    def press() -> int:
        client = portal.app.test_client()
        client.set_cookie("portal", cookie.value)
        return client.post(f"{page}/check", data={"csrf_token": token}).status_code

    with clock.at(now().replace(second=10)):
        assert at_once(*[press] * 8) == [303] * 8
    assert server.asked == [HERE]
    assert len(portal.audited("domain.proved")) == 1


@pytest.mark.slow
def test_nothing_is_locked_while_the_dns_is_asked(portal: Portal, acme: Organization, server: NameServer) -> None:
    browser, page = add(portal, OLGA, "acme")
    token = browser._token(page)
    server.slow = 0.4
    done: list[str] = []

    def check() -> None:
        browser.client.post(f"{page}/check", data={"csrf_token": token})
        done.append("checked")

    def others() -> None:
        while not server.asked and "checked" not in done:
            pass
        make_user(portal)
        done.append("wrote")

    at_once(check, others)
    assert done == ["wrote", "checked"]


def test_a_domain_proved_by_staff_can_be_proved_by_dns_too(
    portal: Portal, acme: Organization, server: NameServer
) -> None:
    browser = portal.sign_in(OLGA)
    [page] = re.findall(r'href="(/orgs/acme/domains/[\w-]{36})"', browser.get("/orgs/acme/domains").text)
    assert "Proved by the programme." in browser.get(page).text
    browser.post(f"{page}/check", on=page)
    row = domain(portal, "acme.example")
    assert row is not None and (row.proof, row.missed_since, row.policy) == ("staff", None, "auto")
    server.publish("_partner-access-challenge.acme.example", value(browser, page))
    with clock.at(now() + timedelta(minutes=2)):
        browser.post(f"{page}/check", on=page)
    row = domain(portal, "acme.example")
    assert row is not None and (row.proof, row.policy) == ("dns", "auto")


# -- every day --------------------------------------------------------------------------------------------------------


def test_a_record_missing_for_seven_days_ends_auto_join_and_evicts_nobody(
    portal: Portal, acme: Organization, server: NameServer
) -> None:
    browser, page = prove(portal, server, OLGA, "acme")
    policy(browser, page, "auto")
    inside = portal.arrive(SAM)
    record, start = server.texts.pop(HERE), now()
    server.names.add(HERE)
    for day in range(1, 8):
        with clock.at(start + timedelta(days=day, minutes=day)):
            assert look(portal)
            assert not look(portal)
    assert [len(portal.mails(OLGA, name)) for name in ("domain-missing", "domain-lapsed")] == [1, 0]
    assert "Record missing" in portal.sign_in(OLGA).get(page).text
    with clock.at(start + timedelta(days=8, minutes=8)):
        assert look(portal)
        assert len(portal.mails(OLGA, "domain-lapsed")) == 1
        portal.arrive("kim@brand.example").get("/join")
        kim = portal.sign_in("kim@brand.example")
        kim.get("/join")
        assert "has lapsed" in kim.text
        assert portal.audited("domain.lapsed") == [("no-txt", {"domain": "brand.example"})]
        with portal.acting(SYSTEM, acme.id):
            assert SAM in {row.user.email for row in memberships.listing()}
    server.texts[HERE] = record
    with clock.at(start + timedelta(days=9, minutes=9)):
        assert look(portal)
        portal.arrive("lea@brand.example")
        with portal.acting(SYSTEM, acme.id):
            assert "lea@brand.example" in {row.user.email for row in memberships.listing()}
    assert inside.get("/orgs/acme/").status_code in (200, 303)  # a session of then may have ended; nobody was removed
    assert portal.audited("domain.proved")[-1] == ("found-again", {"domain": "brand.example"})


def test_a_name_server_that_is_away_for_weeks_lapses_nothing(
    portal: Portal, acme: Organization, server: NameServer
) -> None:
    prove(portal, server, OLGA, "acme")
    server.answer = "SERVFAIL"
    start = now()
    for day in range(1, 21, 4):
        with clock.at(start + timedelta(days=day, minutes=day)):
            assert look(portal)
    row = domain(portal)
    assert row is not None and (row.missed_since, row.lapsed_at) == (None, None)
    assert not portal.mails(OLGA, "domain-missing")


def test_two_workers_at_once_look_after_a_domain_once(portal: Portal, acme: Organization, server: NameServer) -> None:
    prove(portal, server, OLGA, "acme")
    server.texts.clear()
    with clock.at(now() + timedelta(days=1, minutes=1)):
        at_once(*[lambda: look(portal)] * 3)
    assert len(portal.mails(OLGA, "domain-missing")) == 1


def test_nobody_looks_for_what_staff_have_proved(portal: Portal, acme: Organization, server: NameServer) -> None:
    with clock.at(now() + timedelta(days=30)):
        assert not look(portal)
    assert server.asked == []


# -- letting go -------------------------------------------------------------------------------------------------------


def policy(browser: Browser, page: str, choice: str, **form: str) -> str:
    """Choose a policy as a person does: look at the preview, then save; the text of the preview."""
    query = {"policy": choice, **form}
    html = browser.get(f"{page}/policy", query_string=query).get_data(as_text=True)
    text = browser.text
    seen = re.search(r'name="seen" value="([^"]+)"', html)
    assert seen, text
    assert browser.post(f"{page}/policy", {**query, "seen": seen[1]}, on=page).status_code == 303, browser.text
    return text


def test_removing_a_domain_removes_nobody(portal: Portal, acme: Organization, server: NameServer) -> None:
    browser, page = prove(portal, server, OLGA, "acme")
    policy(browser, page, "auto")
    sam = portal.arrive(SAM)
    assert browser.post(f"{page}/remove", on=page).location == "/orgs/acme/domains"
    assert domain(portal) is None
    assert browser.get(page).status_code == 404
    assert sam.get("/orgs/acme/").status_code == 200
    kim = portal.arrive("kim@brand.example")
    assert kim.page is not None and kim.page.location == "/join"
    assert portal.audited("domain.released") == [("own-choice", {"domain": "brand.example"})]


def test_a_removed_domain_is_free_for_another_organization(
    portal: Portal, acme: Organization, server: NameServer
) -> None:
    bolt = make_org(portal, "Bolt")
    make_member(portal, bolt, BOB, role="owner")
    browser, page = prove(portal, server, OLGA, "acme")
    browser.post(f"{page}/remove", on=page)
    prove(portal, server, BOB, "bolt")
    row = domain(portal)
    assert row is not None and row.org_id == bolt.id


# -- two organizations ------------------------------------------------------------------------------------------------


@pytest.fixture
def disputed(portal: Portal, acme: Organization, server: NameServer) -> Iterator[tuple[Browser, str, Browser, str]]:
    """Acme has proved brand.example with policy auto, then Bolt proves it: both browsers, both pages."""
    make_member(portal, make_org(portal, "Bolt"), BOB, role="owner", name="Bob Boyd")
    olga, mine = prove(portal, server, OLGA, "acme")
    policy(olga, mine, "auto")
    bob, theirs = prove(portal, server, BOB, "bolt")
    return iter([(olga, mine, bob, theirs)])


def test_a_rivals_proof_opens_a_dispute_and_freezes_auto_join_for_both(portal: Portal, disputed: object) -> None:
    olga, mine, bob, theirs = next(disputed)  # type: ignore[call-overload]
    assert "another organization has proved this domain too" in bob.get(theirs).text
    assert "In dispute" in bob.get(theirs).text
    assert "In dispute" in olga.get(mine).text
    for browser, page, other in ((olga, mine, "Bolt"), (bob, theirs, "Acme")):
        assert other not in browser.get(page).get_data(as_text=True)
    assert portal.mails(OLGA, "domain-disputed") and portal.mails(BOB, "domain-disputed")
    assert "Bolt" not in portal.mails(OLGA, "domain-disputed")[0].text
    row = domain(portal)
    assert row is not None and row.org.slug == "acme"
    sam = portal.arrive(SAM)
    sam.get("/join")
    assert sam.heading == "Wait for Acme to let you in"
    assert "being settled whose domain" in sam.text
    assert bob.get(f"{theirs}/policy").status_code == 303


def test_checking_again_opens_no_second_dispute(portal: Portal, disputed: object) -> None:
    _, _, bob, theirs = next(disputed)  # type: ignore[call-overload]
    with clock.at(now() + timedelta(minutes=2)):
        bob.post(f"{theirs}/check", on=theirs)
    with portal.acting():
        assert len(domain_disputes.listing()) == 1
    assert len(portal.mails(OLGA, "domain-disputed")) == 1


def test_staff_rule_for_the_holder_and_it_stays_ruled(portal: Portal, disputed: object) -> None:
    olga, mine, bob, theirs = next(disputed)  # type: ignore[call-overload]
    [line] = portal.run("domains", "disputes").output.splitlines()
    dispute, _, name, holder, proof, rival = line.split("\t")
    assert (name, holder, proof, rival) == ("brand.example", "acme", "dns", "bolt")
    for _ in range(2):
        result = portal.run("domains", "rule", dispute, "--for", "holder", "--reason", "They had it first.")
        assert result.exit_code == 0, result.output
    assert portal.run("domains", "rule", dispute, "--for", "rival", "--reason", "x").exit_code == 1
    assert portal.run("domains", "disputes").output == ""
    assert "They had it first." in bob.get(theirs).text
    assert "Proved by DNS" in olga.get(mine).text
    assert [len(portal.mails(email, "domain-ruled")) for email in (OLGA, BOB)] == [1, 1]
    portal.arrive(SAM)
    assert portal.mails(OLGA, "joined")
    with clock.at(now() + timedelta(minutes=2)):
        bob.post(f"{theirs}/check", on=theirs)
    with portal.acting():
        assert domain_disputes.listing() == []


def test_staff_rule_for_the_rival_and_nobody_is_evicted(portal: Portal, disputed: object, acme: Organization) -> None:
    olga, mine, bob, theirs = next(disputed)  # type: ignore[call-overload]
    make_member(portal, acme, SAM)
    [line] = portal.run("domains", "disputes").output.splitlines()
    dispute = line.split("\t")[0]
    assert portal.run("domains", "rule", dispute, "--for", "rival", "--reason", "Renamed.").output == "rival\n"
    row = domain(portal)
    assert row is not None and (row.org.slug, row.proof, row.policy) == ("bolt", "dns", "request")
    assert "Not proved" in olga.get(mine).text
    assert bob.get(f"{theirs}/policy").status_code == 200
    assert portal.sign_in(SAM).get("/orgs/acme/").status_code == 200
    assert "brand.example is yours" in portal.mails(BOB, "domain-ruled")[0].subject


@pytest.mark.parametrize("who", ["holder", "rival"])
def test_whoever_lets_the_domain_go_ends_the_dispute(portal: Portal, disputed: object, who: str) -> None:
    olga, mine, bob, theirs = next(disputed)  # type: ignore[call-overload]
    browser, page = (olga, mine) if who == "holder" else (bob, theirs)
    browser.post(f"{page}/remove", on=page)
    with portal.acting():
        assert domain_disputes.listing() == []
    row = domain(portal)
    if who == "rival":
        assert row is not None and row.org.slug == "acme"
        return
    assert row is None  # nothing passes by itself
    assert "brand.example is free" in portal.mails(BOB, "domain-ruled")[0].subject
    with clock.at(now() + timedelta(minutes=2)):
        bob.post(f"{theirs}/check", on=theirs)
    row = domain(portal)
    assert row is not None and row.org.slug == "bolt"


def test_two_organizations_that_prove_a_domain_at_once_get_one_holder_and_one_dispute(
    portal: Portal, acme: Organization, server: NameServer
) -> None:
    make_member(portal, make_org(portal, "Bolt"), BOB, role="owner")
    pages = [add(portal, OLGA, "acme"), add(portal, BOB, "bolt")]
    for browser, page in pages:
        server.publish(HERE, value(browser, page))
    tokens = [browser._token(page) for browser, page in pages]

    def press(number: int) -> int:
        browser, page = pages[number]
        return browser.client.post(f"{page}/check", data={"csrf_token": tokens[number]}).status_code

    assert at_once(lambda: press(0), lambda: press(1)) == [303, 303]
    assert domain(portal) is not None
    with portal.acting():
        assert len(domain_disputes.listing()) == 1


def test_another_organizations_claim_is_not_there_for_oneself(portal: Portal, acme: Organization) -> None:
    make_member(portal, make_org(portal, "Bolt"), BOB, role="owner")
    _, page = add(portal, OLGA, "acme")
    bob = portal.sign_in(BOB)
    assert bob.get(page.replace("/acme/", "/bolt/")).status_code == 404
    with portal.acting(), acting(SYSTEM, acme.id):
        assert session().scalars(select(DomainClaim.name).order_by(DomainClaim.name)).all() == [
            "acme.example",
            "brand.example",
        ]
