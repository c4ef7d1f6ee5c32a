"""Which of several near misses is meant, which sites are alike, and by how much something missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from partner_access.credit.insights.similarity import KINDS, MissCandidate, gap, is_alike, missed_by, nearest

SIGNED_UP = datetime(2026, 3, 3, 9, 15, tzinfo=UTC)


def found(kind: str, *, days: float | None = 0, subject: str = "") -> MissCandidate:
    """Something whose sign-up was so many days after the one that everything here is about; None: nobody signed up."""
    at = None if days is None else SIGNED_UP + timedelta(days=days)
    return MissCandidate(kind, "client.example", at, subject)


ON_THE_DAY = SIGNED_UP.date()
CASES = [
    ("a client on the list before all else", [found("no-touch"), found("other-site"), found("client")], None, 2),
    ("a lead for another site before nothing at all", [found("no-touch"), found("other-site")], None, 1),
    ("a client much like it before nothing at all", [found("no-touch"), found("alike-client")], None, 1),
    ("without an account the lead before nothing", [found("nobody", days=None), found("lead", days=None)], None, 1),
    ("of two clients the newer one", [found("client"), found("client", days=1)], None, 1),
    ("of two clients the one nearer to the date", [found("client", days=9), found("client", days=1)], ON_THE_DAY, 1),
    ("two weeks off is not far", [found("client", days=14), found("alike-client")], ON_THE_DAY, 0),
    ("a day more is: then what is near in time", [found("client", days=15), found("alike-client")], ON_THE_DAY, 1),
    ("far off is better than nothing", [found("client", days=400)], ON_THE_DAY, 0),
    ("what has no date is never far off", [found("client", days=-40), found("lead", days=None)], ON_THE_DAY, 1),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "candidates", "around", "expected"), CASES, ids=[case[0] for case in CASES])
def test_the_nearest(sentence, candidates, around, expected):
    assert nearest(candidates, around) is candidates[expected]
    assert nearest(candidates[::-1], around) is candidates[expected]


def test_every_kind_has_its_place():
    ranked = [nearest([found(kind) for kind in KINDS[start:]], None).kind for start in range(len(KINDS))]
    assert ranked == list(KINDS)


@pytest.mark.parametrize("around", [date.min, date.max])
def test_no_date_is_too_far_to_count_with(around):
    assert found("client").is_far(around)


@pytest.mark.parametrize(
    ("site", "other"),
    [
        ("acme.de", "acme.com"),
        ("acme.co.uk", "acme.com"),
        ("acme.myshopify.com", "acme.com"),
        ("acme-shop.de", "acmeshop.de"),
        ("lumaskin.com", "lumasskin.com"),
        ("lumaskin.com", "lumskin.com"),
        ("lumaskin.com", "lumaskim.com"),
        ("lumaskin.com", "lumasikn.com"),
        ("lumaskin.com", "lumaskins.de"),
        ("xn--mnchen-3ya.de", "munchen.de"),
    ],
)
def test_sites_that_may_be_meant_for_each_other(site, other):
    assert is_alike(site, other) and is_alike(other, site)


@pytest.mark.parametrize(
    ("site", "other"),
    [
        ("acme.de", "acme.de"),
        ("acme.de", "acne.de"),
        ("lumaskin.com", "lumaskinss.com"),
        ("lumaskin.com", "lumakni.com"),
        ("lumaskin.com", "skinluma.com"),
        ("a.example", "b.example"),
        ("ferro.example", "atlas.example"),
    ],
)
def test_sites_that_are_the_same_or_have_nothing_in_common(site, other):
    assert not is_alike(site, other) and not is_alike(other, site)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=3, hours=23), "3 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=23), "23 hours"),
        (timedelta(minutes=61), "1 hour"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(seconds=59), "less than a minute"),
    ],
)
def test_a_length_of_time_in_words(length, words):
    assert gap(length) == words


@pytest.mark.parametrize(
    ("code", "at", "until", "sentence"),
    [
        ("lead-expired", -93, -3, "Your lead ended 3 days before the client signed up."),
        ("lead-withdrawn", -10, -1, "Your team withdrew the lead 1 day before the client signed up."),
        ("lead-after-sign-up", 2, 92, "You registered the lead 2 days after the client signed up."),
        ("visit-after-sign-up", 5, 95, "Your link was opened 5 days after the client signed up."),
        (
            "visit-too-old", -97, -7,
            "The 90 days after the last opening of your link ended 7 days before the client signed up.",
        ),
        ("own-use", -3, None, ""),
        ("lead-expired", -93, None, ""),
    ],
)  # fmt: skip
def test_by_how_much_it_missed(code, at, until, sentence):
    moments = [None if days is None else SIGNED_UP + timedelta(days=days) for days in (at, until)]
    assert missed_by(code, *moments, SIGNED_UP) == sentence
