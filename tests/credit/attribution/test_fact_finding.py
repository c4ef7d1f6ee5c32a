"""Facts have dates and places: what counts is what was at the sign-up, whatever clocks say or is told later."""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta

import pytest
from sqlalchemy import event

from partner_access import clock
from partner_access.credit.attribution import signups
from partner_access.credit.attribution.fact_finding import Ties
from partner_access.credit.clients import client_accounts
from partner_access.credit.lifecycle import org_mergers
from partner_access.credit.models import Ruling, StoredDecision
from partner_access.credit.rulings import rulings
from partner_access.credit.touchpoints import visits
from partner_access.db import STAFF, session
from partner_access.organizations.directory import organizations, settings
from partner_access.organizations.models import Organization
from tests.credit.agencies import Agency, day, moment, verified
from tests.factories import make_sign_up
from tests.portal import Portal


@pytest.fixture
def _ids_by_the_clock() -> Iterator[None]:
    """Ids are of the time that the clock shows, as they are on a server whose clock is wrong."""

    def identify(_mapper: object, _connection: object, row: StoredDecision | Ruling) -> None:
        milliseconds = int(clock.now().timestamp() * 1000)
        row.id = uuid.UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | secrets.randbits(60))

    models = (StoredDecision, Ruling)
    for model in models:
        event.listen(model, "before_insert", identify)
    yield
    for model in models:
        event.remove(model, "before_insert", identify)


@pytest.fixture
def cask(portal: Portal) -> Agency:
    return Agency(portal, "Cask")


def saves_website(portal: Portal, org: Organization, website: str | None) -> None:
    with portal.acting(STAFF, org.id):
        row = organizations.fetch(org.id)
        seen = settings.read(row)
        settings.save(row, settings.OrgSettings(seen.name, website, seen.policy), seen=seen)


def rules(portal: Portal, external_id: str, org: Organization | None) -> None:
    with portal.acting(STAFF):
        account = client_accounts.find(external_id)
        assert account is not None
        rulings.rule(account, org and org.id, "So it was agreed.", STAFF)


# -- the order is a number --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_ids_by_the_clock")
def test_what_was_decided_last_holds_though_the_clock_was_two_hours_ahead_before(portal: Portal, acme: Agency) -> None:
    with day(1):
        acme.registers()
    with day(10 + 2 / 24):
        make_sign_up(portal, external_id="c1", at=moment(9))
    with day(10):
        make_sign_up(portal, external_id="c0", at=moment(8))
    assert {row.reason for row in acme.clients()} == {"credited-lead", "existing-client"}
    verified(portal)


@pytest.mark.usefixtures("_ids_by_the_clock")
def test_the_last_ruling_holds_though_the_clock_was_ahead_before(portal: Portal, acme: Agency, bolt: Agency) -> None:
    with day(1):
        make_sign_up(portal, external_id="c1")
    with day(2 + 2 / 24):
        rules(portal, "c1", acme.org)
    with day(2):
        rules(portal, "c1", bolt.org)
    assert (acme.client().reason, bolt.client().reason) == ("ruled-other", "credited-ruling")
    verified(portal)


@pytest.mark.usefixtures("_ids_by_the_clock")
def test_the_link_that_was_opened_last_counts_though_the_clock_was_ahead_before(
    portal: Portal, acme: Agency, bolt: Agency
) -> None:
    with day(1):
        first = acme.link_opened()
    with day(1 - 2 / 24):
        last = bolt.link_opened()
    with day(3):
        _sign_up_after(portal, first, last)
    assert (acme.client().reason, bolt.client().reason) == ("other-link-later", "credited-link")


def _sign_up_after(portal: Portal, *tokens: str) -> None:
    with portal.acting():
        signup = signups.check(
            external_id="c1",
            company="Client",
            website="client.example",
            email="",
            signed_up_at=clock.now(),
            referral="",
            came_by="csv",
        )
        signups.record(signup, Ties(visits=[visit for token in tokens if (visit := visits.find(token))]))


def test_who_registered_first_stands_first_though_its_clock_was_ahead(
    portal: Portal, acme: Agency, bolt: Agency
) -> None:
    with day(1):
        acme.registers()
    with day(1 - 2 / 24):
        queued = bolt.registers()
    assert queued.held_from is None
    with day(5):
        make_sign_up(portal)
    assert (acme.client().reason, bolt.client().reason) == ("credited-lead", "lead-queued")
    verified(portal)


# -- what is an organization's own ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_up", "reason"), [(10 - 1 / 24, "own-site"), (10 - 89, "own-site"), (10 - 90, "credited-lead")]
)
def test_a_website_that_was_given_up_before_the_sign_up_is_still_its_own_for_a_window(
    portal: Portal, given_up: float, reason: str
) -> None:
    with clock.at(moment(-200)):
        acme = Agency(portal, "Acme")
        saves_website(portal, acme.org, "client.example")
    with clock.at(moment(given_up)):
        saves_website(portal, acme.org, None)
    with clock.at(moment(max(given_up, 9))):
        acme.registers()
    with day(10):
        make_sign_up(portal)
    assert acme.client().reason == reason
    verified(portal)


@pytest.mark.parametrize("told", [2, 5])
def test_a_website_counts_from_its_day_on_whenever_the_sign_up_is_told(
    portal: Portal, acme: Agency, told: float
) -> None:
    with day(1):
        acme.registers()
    for number, act in sorted({told: lambda: make_sign_up(portal, at=moment(2)),
                               3: lambda: saves_website(portal, acme.org, "client.example")}.items()):  # fmt: skip
        with day(number):
            act()
    assert acme.client().reason == "credited-lead"
    verified(portal)


@pytest.mark.parametrize("told", [2, 5])
@pytest.mark.parametrize("email", ["jo@acme.example", "jo@bolt.example", ""])
def test_a_merger_after_the_sign_up_changes_who_goes_on_and_nothing_else(
    portal: Portal, acme: Agency, bolt: Agency, told: float, email: str
) -> None:
    """Bolt becomes part of Acme on day 3; the client opened Bolt's link, and signed up on day 2."""
    with day(1):
        code = bolt.link()
    acts: dict[float, Callable[[], object]] = {
        told: lambda: make_sign_up(portal, at=moment(2), email=email, referral=code),
        3: lambda: merges(portal, bolt, acme),
    }
    for number, act in sorted(acts.items()):
        with day(number):
            act()
    assert acme.client().reason == ("own-use" if "bolt" in email else "credited-code")
    verified(portal)


def merges(portal: Portal, gone: Agency, stays: Agency) -> None:
    with portal.acting(STAFF):
        org_mergers.merge_into(*(organizations.fetch(row.org.id) for row in (gone, stays)), "They are one.")


def test_what_one_had_given_up_lately_is_the_others_own_after_a_merger(
    portal: Portal, acme: Agency, bolt: Agency
) -> None:
    with day(1):
        saves_website(portal, bolt.org, "client.example")
    with day(2):
        saves_website(portal, bolt.org, None)
    with day(3):
        merges(portal, bolt, acme)
        acme.registers()
    with day(4):
        make_sign_up(portal)
    assert acme.client().reason == "own-site"


@pytest.mark.slow
def test_a_sign_up_waits_for_the_website_that_is_saved_at_that_moment(portal: Portal, acme: Agency) -> None:
    with day(1):
        acme.registers()
    is_saved = threading.Event()

    def saves() -> None:
        with clock.at(moment(2)), portal.acting(STAFF, acme.org.id):
            row = organizations.fetch(acme.org.id)
            seen = settings.read(row)
            settings.save(row, settings.OrgSettings(seen.name, "client.example", seen.policy), seen=seen)
            session().flush()
            is_saved.set()
            time.sleep(0.3)  # for the sign-up to come to its locks

    def signs_up() -> None:
        is_saved.wait(timeout=5)
        with clock.at(moment(2) + timedelta(minutes=1)):
            make_sign_up(portal)

    with ThreadPoolExecutor(2) as pool:
        for work in [pool.submit(copy_context().run, act) for act in (saves, signs_up)]:
            work.result()
    assert acme.client().reason == "own-site"


# -- rulings ----------------------------------------------------------------------------------------------------------


def test_who_was_ruled_for_and_no_more_reads_that_staff_ruled_so(
    portal: Portal, acme: Agency, bolt: Agency, cask: Agency
) -> None:
    """Also after a third ruling, when the first one is long past."""
    with day(1):
        make_sign_up(portal, external_id="c1")
    for number, org in enumerate([cask.org, None, acme.org, bolt.org], 2):
        with day(number):
            rules(portal, "c1", org)
    assert [agency.client().reason for agency in (acme, bolt, cask)] == [
        "ruled-other",
        "credited-ruling",
        "ruled-other",
    ]
    verified(portal)
