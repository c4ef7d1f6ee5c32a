"""Visits: which openings of a link are kept, and how a later sign-up finds them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from partner_access.credit.models import Visit
from partner_access.credit.touchpoints import links, visits
from partner_access.db import SYSTEM, session
from partner_access.errors import Invalid
from tests.credit.agencies import SECOND, Agency, day, moment
from tests.factories import make_visit


def test_an_opening_is_kept_without_its_secrets_and_counted(portal, acme):
    code = acme.link()
    tokens = [make_visit(portal, code, browser="secret of one browser") for _ in range(2)]
    with portal.acting():
        rows = session().scalars(select(Visit)).all()
    assert {(row.org_id, row.code) for row in rows} == {(acme.org.id, code)}
    assert {len(value) for row in rows for value in (row.token_fingerprint, row.browser_fingerprint)} == {16}
    assert not any(secret in str(vars(row)) for row in rows for secret in (*tokens, "secret of one browser"))
    with portal.acting(SYSTEM, acme.org.id):
        assert links.visits(links.listing()) == {code: 2}


def test_a_token_finds_its_visit_and_no_other_text_does(portal, acme):
    token, code = acme.link_opened(), acme.link()
    others = [token[:-1], token + "x", token.swapcase(), code, "", "\x00" * 43, "é" * 43]
    with portal.acting():
        found = visits.find(token)
        assert found is not None and found.org_id == acme.org.id
        assert [visits.find(text) for text in others] == [None] * len(others)


def test_a_browser_finds_its_own_openings_newest_first(portal, acme):
    code = acme.link()
    for number in (1, 2):
        with day(number):
            make_visit(portal, code, browser="mine")
            make_visit(portal, code, browser="another's")
    with day(3), portal.acting():
        assert [visit.opened_at for visit in visits.of_browser("mine")] == [moment(2), moment(1)]
        assert (visits.of_browser(None), visits.of_browser(""), visits.of_browser("unknown")) == ([], [], [])


@pytest.mark.parametrize(("late", "found"), [(0 * SECOND, 1), (SECOND, 0)], ids=["90 days", "a second more"])
def test_an_opening_is_found_for_as_long_as_it_can_count(portal, acme, late, found):
    with day(0):
        acme.link_opened(browser="mine")
    with day(90 + late.total_seconds() / 86400), portal.acting():
        assert len(visits.of_browser("mine")) == found


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [(0, 9, 6), (1, 9, 5), (1.5, 9, 4), (1.5, 7.5, 3), (1.5, 7, 2), (2.5, 2.9, 0), (1, 1.5, 1), (8, 9, 1)],
)
def test_openings_are_counted_by_days_and_to_the_moment_at_both_ends(portal, acme, since, until, found):
    code = acme.link()
    for number in (0.9, 1, 2, 5, 7.5, 8):
        with day(number):
            make_visit(portal, code)
    with portal.acting(SYSTEM, acme.org.id):
        times, last = visits.opened(moment(since), moment(until))
    assert times == found
    assert last == max((moment(at) for at in (0.9, 1, 2, 5, 7.5, 8) if since <= at <= until), default=None)


def test_a_text_that_is_no_code_finds_nothing(portal, acme):
    acme.link()
    texts = ["", "no-such-code", "\x00", "a\x00b", "%", "a" * 5000, "é", "../x"]
    with portal.acting():
        assert [links.find_code(text) for text in texts] == [None] * len(texts)


def test_a_code_is_found_whatever_its_capitals(portal, acme):
    code = acme.link()
    with portal.acting():
        found = links.find_code(f" {code.upper()}")
        assert found is not None and found.org_id == acme.org.id


def test_two_organizations_never_share_a_code(portal):
    first, second = Agency(portal, "Acme"), Agency(portal, "Bolt")
    with portal.acting(SYSTEM, first.org.id):
        code = links.create("Newsletter", code="newsletter").code
    with portal.acting(SYSTEM, second.org.id):
        other = links.create("Newsletter", code="newsletter").code
    assert code == "newsletter" and other.startswith("newsletter-")


def test_a_label_is_used_once_an_organization(portal, acme):
    with portal.acting(SYSTEM, acme.org.id):
        links.create("News\x00letter")
        with pytest.raises(Invalid) as refusal:
            links.create(" news  LETTER ")
    assert refusal.value.field == "label"
