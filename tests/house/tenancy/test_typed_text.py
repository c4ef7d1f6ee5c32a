"""What one partner has typed no other partner and no stranger reads: on no page, in no file, in no mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from sqlalchemy import select

from partner_access.credit.attribution import signups
from partner_access.credit.clients import client_accounts
from partner_access.credit.handovers import acceptance, creation
from partner_access.credit.lifecycle import client_merges
from partner_access.credit.managed import bulk_claims, claims
from partner_access.credit.models import ClientAccount, ProvisionalSignUp, ReferralCode
from partner_access.credit.rulings import another_look, rulings
from partner_access.credit.touchpoints import leads, links, registrations
from partner_access.credit.touchpoints.registrations import LeadDetails
from partner_access.db import STAFF, found, session
from partner_access.organizations.models import Organization
from tests.credit.agencies import Agency, day
from tests.credit.provisional.forms import confirm
from tests.factories import make_member, make_sign_up, make_visit
from tests.portal import Browser, Portal

TYPED = re.compile(rb"canary[\w.@ -]*|acme", re.IGNORECASE)
"""Whatever Acme's people type holds "canary"; its own name is nobody else's to read either, but in what it sends."""
BY_ACME = {"transfer", "transfer-reminder", "transfer-accepted", "transfer-kept"}
"""Mails to clients in Acme's own name."""
HREF = re.compile(r'(?:href|action)="(/[^"#]*)"')
SITES = ["behalf.example", "only.example", "merged.example", "goes-on.example", "stays.example", "shared.example"]
SITES += ["form.example", "waiting.example", "theirs.example"]


def details(site: str, **more: str) -> LeadDetails:
    """Everything that a form about a client asks for, typed by Acme."""
    name = site.partition(".")[0]
    website = f"https://{site}/canary-path"
    typed = {"contact_email": f"canary-{name}@free.example", "note": f"Canary {name} note"} | more
    return LeadDetails(f"Canary {name} company", website, f"Canary {name} person", **typed)


def creates(acme: Agency, site: str, **more: str) -> ClientAccount:
    with acme.portal.acting(acme.person.actor, acme.org.id):
        org = session().get_one(Organization, acme.org.id)
        created = creation.create(org, session().merge(acme.person), details(site, **more), site)
        return client_accounts.fetch(created.client.client_account_id)


def merged(portal: Portal, gone: ClientAccount, stays: ClientAccount) -> None:
    with portal.acting(STAFF):
        rows = [session().get_one(ClientAccount, row.id) for row in (gone, stays)]
        client_merges.merge(*rows, "One business.")


def claimed(portal: Portal, bolt: Agency, *sites: str) -> None:
    """Bolt claims these accounts; of those that only staff can answer, they say yes."""
    with portal.acting(bolt.person.actor, bolt.org.id):
        bulk_claims.claim(session().get_one(Organization, bolt.org.id), session().merge(bolt.person), sites)
    with portal.acting(STAFF):
        for row, _ in [pair for pair in claims.waiting() if pair[0].asked_at is None]:
            claims.decide(row.id, yes=True, reason="They showed us the contract.")


def sends_form(portal: Portal, code: str, site: str) -> None:
    """Somebody of Acme's fills in the form of a partner's page."""
    form = {"company": "Canary form company", "website": f"https://{site}/canary-path", "name": "Canary form person"}
    answer = portal.browser().post(f"/r/{code}/get-started", form | {"email": f"jo-{site}@gmail.com"}, on=f"/r/{code}")
    assert answer.status_code == 303, answer.text


@pytest.fixture
def world(portal: Portal) -> tuple[Agency, Agency]:
    """Acme and Bolt meet at every site, in every way in which two partners can."""
    acme, bolt = Agency(portal, "Acme"), Agency(portal, "Bolt")
    with day(0):
        acme.person = make_member(portal, acme.org, "canary@acme.example", role="owner", name="Canary Person")
        bolt.registers("behalf.example")
        creates(acme, "behalf.example")
        creates(acme, "only.example")
        gone, stays = creates(acme, "merged.example"), creates(acme, "stays.example")
        merged(portal, gone, make_sign_up(portal, "goes-on.example", referral=bolt.link()).account)
        merged(portal, make_sign_up(portal, "theirs.example", referral=bolt.link()).account, stays)
    with day(1), portal.acting(acme.person.actor, acme.org.id):
        org = session().get_one(Organization, acme.org.id)
        lead = registrations.submit(org, session().merge(acme.person), details("shared.example")).lead
        registrations.renew(leads.fetch(lead.id), "Canary progress")
        links.create("Canary label", code="a-label")
    with day(2):
        bolt.registers("shared.example")
        make_visit(portal, bolt.link())
        sends_form(portal, bolt.link(), "form.example")
        sends_form(portal, bolt.link(), "waiting.example")
        (form,) = forms(portal, "form.example")
        confirm(portal, form)
    with day(3):
        claimed(portal, bolt, "only.example", "stays.example", form.external_id, "behalf.example")
        shared = make_sign_up(portal, "shared.example", referral=bolt.link()).account
        with portal.acting(acme.person.actor, acme.org.id):
            account = session().get_one(ClientAccount, shared.id)
            org = session().get_one(Organization, acme.org.id)
            another_look.raise_dispute(account, org, session().merge(acme.person), "Canary words.")
    with day(4), portal.acting(STAFF):
        rulings.rule(session().get_one(ClientAccount, shared.id), bolt.org.id, "They opened it together.", STAFF)
    return acme, bolt


def forms(portal: Portal, site: str) -> list[ProvisionalSignUp]:
    with portal.acting():
        return list(session().scalars(select(ProvisionalSignUp).where(ProvisionalSignUp.site == site)))


def pages(browser: Browser, *starts: str, within: str) -> Iterator[tuple[str, bytes]]:
    """Every page and file that links lead to from these, with its headers, as long as the address begins so."""
    todo, seen = list(starts), set(starts)
    while todo:
        url = todo.pop()
        answer = browser.get(url)
        yield url, str(answer.headers).encode() + answer.data
        for link in map(unescape, HREF.findall(answer.text) if answer.mimetype == "text/html" else ()):
            if link.startswith(within) and link not in seen:
                seen.add(link)
                todo.append(link)


def typed_in(found: Iterator[tuple[str, bytes]]) -> tuple[dict[str, set[bytes]], int]:
    """What of Acme's is in what was read, by where; and how much was read."""
    read = list(found)
    return {where: hits for where, body in read if (hits := set(TYPED.findall(body)))}, len(read)


def test_another_partner_reads_nothing_that_one_has_typed_on_any_page_or_in_any_file(world, portal):
    _, bolt = world
    with day(5):
        browser = portal.sign_in(bolt.person.email)
        hits, count = typed_in(pages(browser, "/orgs/bolt/", "/orgs/bolt/clients/check", within="/orgs/bolt/"))
        assert not hits and count > 60
        for path, field in (("clients/check", "website"), ("clients/missing", "website"), ("managed/add", "lines")):
            for site in SITES:
                answer = browser.post(f"/orgs/bolt/{path}", {field: site})
                assert answer.status_code == 200 and not TYPED.findall(answer.data), (path, site)


def test_no_mail_to_another_partner_or_in_its_name_holds_what_one_has_typed(world, portal):
    mails = [mail for mail in portal.mails() if not mail.to.endswith("@acme.example") and mail.name not in BY_ACME]
    assert {mail.name for mail in mails} >= {"review-opened", "ruling", "managed-ask", "managed-receipt", "sign-up"}
    for mail in mails:
        assert not TYPED.findall(f"{mail.subject}{mail.text}{mail.html}".encode()), (mail.name, mail.to)


def test_a_stranger_reads_nothing_that_a_partner_has_typed_but_its_name(world, portal):
    with portal.acting():
        codes = [row.code for row in session().scalars(select(ReferralCode))]
    mailed = "".join(mail.text for mail in portal.mails() if mail.name not in BY_ACME)
    linked = set(re.findall(r"http://localhost(/(?:confirm-managed|confirm-sign-up)/\S+)", mailed))
    assert len(codes) > 4 and len(linked) > 3
    with day(5):
        for code in codes:
            found = pages(portal.browser(), f"/r/{code}", f"/r/{code}/get-started?without=1", within="/r/")
            hits, _ = typed_in(found)
            assert {hit.lower() for row in hits.values() for hit in row} <= {b"acme"}, code
        assert not typed_in(pages(portal.browser(), *sorted(linked), within="/confirm"))[0]


def test_a_name_is_everybodys_once_the_vendor_or_the_client_has_said_it(portal):
    acme, bolt = Agency(portal, "Acme"), Agency(portal, "Bolt")
    with day(0):
        bolt.registers("behalf.example")
        account = creates(acme, "behalf.example")
    names = [(acme.client().company, bolt.client().company)]
    with day(1):
        link = re.search(r"/transfer/(\S+)", portal.mails(name="transfer")[0].text)
        with portal.acting():
            acceptance.accept(acceptance.open_link(found(link)[1]), "Jo")
        names.append((acme.client().company, bolt.client().company))
        vendor_tells(portal, account.external_id, "Behalf Ltd")
        names.append((acme.client().company, bolt.client().company))
    typed = "Canary behalf company"
    assert names == [(typed, "behalf.example"), (typed, typed), ("Behalf Ltd", "Behalf Ltd")]


def test_a_forms_name_from_a_mailbox_elsewhere_is_read_once_the_vendor_has_named_it(portal):
    bolt = Agency(portal, "Bolt")
    with day(0):
        sends_form(portal, bolt.link(), "form.example")
        (row,) = forms(portal, "form.example")
        confirm(portal, row)
        before = bolt.client().company
    with day(1):
        told = make_sign_up(portal, "form.example", external_id="v-1", email=row.email)
        assert (before, bolt.client().company, told.account.company) == ("form.example", "Client", "Client")


def vendor_tells(portal: Portal, external_id: str, company: str) -> None:
    """A file of the vendor's has the account."""
    with portal.acting():
        account = found(client_accounts.find(external_id))
        signup = signups.check(
            external_id=external_id,
            company=company,
            website=account.website,
            email=account.email or "",
            signed_up_at=account.signed_up_at,
            referral="",
            came_by="csv",
        )
        assert not signups.record(signup).is_new
