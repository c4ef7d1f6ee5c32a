"""What the DNS says and what follows, by examples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from partner_access.organizations.domains.dns_rules import (
    DEFINITE,
    READINGS,
    DnsAnswer,
    DnsReading,
    ProofWatch,
    challenge_name,
    explain,
    follow,
    misplaced_names,
    read,
)

HERE = "_partner-access-challenge.acme.example"
DOUBLED = f"{HERE}.acme.example"
RIGHT, OLD = "partner-access-verify=t0ken", "partner-access-verify=another"
NOTHING, EMPTY = DnsAnswer("nxdomain"), DnsAnswer("no-txt")


def found(*texts: str) -> DnsAnswer:
    return DnsAnswer("found", texts)


EXAMPLES: dict[str, tuple[dict[str, DnsAnswer], DnsReading]] = {
    "the record": ({HERE: found(RIGHT)}, DnsReading("proved", HERE)),
    "the record among others": ({HERE: found("v=spf1 -all", OLD, RIGHT)}, DnsReading("proved", HERE)),
    "with blanks and quotation marks": ({HERE: found(f' "{RIGHT}" ')}, DnsReading("proved", HERE)),
    "the token without what stands before it": ({HERE: found("t0ken")}, DnsReading("other-text", HERE)),
    "the token in capitals": ({HERE: found(RIGHT.upper())}, DnsReading("other-text", HERE)),
    "the token and more": ({HERE: found(RIGHT + "x")}, DnsReading("other-token", HERE)),
    "no text at all": ({HERE: found("")}, DnsReading("other-text", HERE)),
    "an old token": ({HERE: found(OLD)}, DnsReading("other-token", HERE)),
    "something else": ({HERE: found("v=spf1 -all")}, DnsReading("other-text", HERE)),
    "no such name": ({HERE: NOTHING, "acme.example": EMPTY}, DnsReading("nxdomain", HERE)),
    "no such name, and nothing else was asked": ({HERE: NOTHING}, DnsReading("nxdomain", HERE)),
    "no such domain": ({HERE: NOTHING, "acme.example": NOTHING}, DnsReading("no-domain", "acme.example")),
    "the name without a text": ({HERE: EMPTY}, DnsReading("no-txt", HERE)),
    "doubled": ({HERE: NOTHING, DOUBLED: found(RIGHT)}, DnsReading("doubled", DOUBLED)),
    "doubled, and an old one in place": ({HERE: found(OLD), DOUBLED: found(RIGHT)}, DnsReading("doubled", DOUBLED)),
    "an old one doubled": ({HERE: NOTHING, DOUBLED: found(OLD)}, DnsReading("nxdomain", HERE)),
    "at the domain itself": (
        {HERE: NOTHING, "acme.example": found("v=spf1", RIGHT)}, DnsReading("wrong-name", "acme.example"),
    ),
    "without the underscore": ({HERE: NOTHING, HERE[1:]: found(RIGHT)}, DnsReading("wrong-name", HERE[1:])),
    "no answer": ({HERE: DnsAnswer("timeout")}, DnsReading("timeout", HERE)),
    "a broken answer": ({HERE: DnsAnswer("failed")}, DnsReading("failed", HERE)),
    "no answer hides what is elsewhere": (
        {HERE: DnsAnswer("timeout"), "acme.example": found(RIGHT)}, DnsReading("timeout", HERE),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_answer_of_the_dns_has_one_meaning(name: str) -> None:
    answers, reading = EXAMPLES[name]
    assert read("acme.example", "t0ken", answers) == reading


def test_a_record_for_a_domain_below_is_looked_for_at_the_domain_above_too() -> None:
    above = challenge_name("acme.example")
    assert misplaced_names("mail.acme.example")[above] == "wrong-name"
    answers = {challenge_name("mail.acme.example"): NOTHING, above: found(RIGHT)}
    assert read("mail.acme.example", "t0ken", answers) == DnsReading("wrong-name", above)


def test_every_reading_is_reached_and_says_what_was_seen_and_what_to_do() -> None:
    assert {reading.code for _, reading in EXAMPLES.values()} == set(READINGS)
    for code in READINGS:
        sentence, step = explain(code, domain="mail.acme.example", seen="there.example")
        assert "{" not in sentence + step
        assert sentence.endswith(".")
        assert step.endswith(".")
    assert "to _partner-access-challenge.mail alone" in explain("doubled", domain="mail.acme.example", seen="x")[1]


DAY = timedelta(days=1)
START = datetime(2026, 11, 1, tzinfo=UTC)
COURSES: dict[str, tuple[str, str]] = {
    # one letter a day: p found, m missed, t no answer; and for each day: . well, m missing, L lapsed
    "found every day": ("pppppppppp", ".........."),
    "missing for seven days": ("pmmmmmmmm", ".mmmmmmmL"),
    "back on the last day": ("pmmmmmmmpm", ".mmmmmmm.m"),
    "no answer for weeks": ("p" + "t" * 20, "." * 21),
    "no answer does not lapse": ("pmmmtttttttttt", ".mmmmmmmmmmmmm"),
    "no answer in between mends nothing": ("pmtmtmtmmm", ".mmmmmmmLL"),
    "no answer keeps a lapse": ("pmmmmmmmmttt", ".mmmmmmmLLLL"),
    "back after a lapse": ("pmmmmmmmmmp", ".mmmmmmmLL."),
    "lapsed again": ("pmmmmmmmmpmmmmmmmm", ".mmmmmmmL.mmmmmmmL"),
}


@pytest.mark.parametrize("name", COURSES)
def test_only_definite_misses_over_seven_days_lapse_a_domain(name: str) -> None:
    answers, expected = COURSES[name]
    watch, course = ProofWatch(), ""
    for day, letter in enumerate(answers):
        watch = follow(watch, {"p": "proved", "m": "nxdomain", "t": "timeout"}[letter], START + day * DAY)
        course += "L" if watch.lapsed_at else "m" if watch.missed_since else "."
    assert course == expected


def test_a_moment_before_seven_days_it_still_stands() -> None:
    missed = follow(ProofWatch(), "no-txt", START)
    assert follow(missed, "no-txt", START + 7 * DAY - timedelta(seconds=1)).lapsed_at is None
    assert follow(missed, "no-txt", START + 7 * DAY).lapsed_at == START + 7 * DAY


@pytest.mark.parametrize("code", sorted(set(READINGS) - {"proved"}))
def test_a_server_that_is_away_proves_nothing(code: str) -> None:
    assert (
        (follow(ProofWatch(), code, START).missed_since is not None)
        == (code in DEFINITE)
        == (code not in ("failed", "timeout"))
    )
