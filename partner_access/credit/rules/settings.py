"""The settings of the rules, a version each: their bounds, and what they are called in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

LEAD_FIRST, LINK_FIRST = "lead-first", "link-first"
LAST, FIRST = "last", "first"
SEQUENCES = {LEAD_FIRST: ("R2", "R3", "R4", "R5"), LINK_FIRST: ("R4", "R2", "R3", "R5")}
"""The rules about what an organization did, in their order; with the link first, the others follow as they were."""


@dataclass(frozen=True)
class Rules:
    """The programme's settings of one version. Days and hours are lengths, not calendar days.

    A new installation starts with these defaults, which the first migration stores as version 1.

    visit_months: for how long the openings of links are kept.
    order: whether a lead or a link comes first; click: whether the last or the first of several openings counts.
    dispute_days: after how many a question that staff have not answered ends; trial_days: within how many an account
    that is cancelled, or never accepted by its client, was no first account; return_months: after how many a site is
    free again whose account has ended; comeback_days: within how many a client who cancelled can come back and the
    credit goes on. None of these four is off: such a question stays open, such a site taken, such a credit ended.
    grace_hours: how long after the sign-up a lead may still be suggested to staff (docs/rules.md).
    lead_limit: how many live leads an organization may have, before what lead_bounds.py adds; lead_cooldown_days: how
    long one cannot register a site again that it has let go. None of these two is off as well.
    """

    version: int = 1
    window_days: int = 90
    lead_days: int = 90
    hold_hours: int = 24
    visit_months: int = 13
    order: str = LEAD_FIRST
    click: str = LAST
    dispute_days: int | None = None
    trial_days: int | None = None
    return_months: int | None = None
    comeback_days: int | None = None
    lead_limit: int | None = 25
    lead_cooldown_days: int | None = 30
    grace_hours: int = 24

    @property
    def sequence(self) -> tuple[str, ...]:
        """The rules about what an organization did, in their order."""
        return SEQUENCES[self.order]


BOUNDS: dict[str, tuple[int, int]] = {
    "window_days": (1, 365),
    "lead_days": (1, 180),
    "hold_hours": (0, 720),
    "visit_months": (1, 120),
}
"""The least and the most of each number.

A lead that is renewed once must have ended before a site that a client left is free again, which takes a year
(client_accounts.ALIAS): else a lead that was won long ago would win the next client of that site.
"""
MAY_BE_OFF: dict[str, tuple[int, int]] = {
    "dispute_days": (7, 365),
    "trial_days": (1, 90),
    "return_months": (1, 60),
    "comeback_days": (1, 365),
    "lead_limit": (1, 10_000),
    "lead_cooldown_days": (1, 365),
}
"""The same of numbers that a version need not have: None is off, as in every version that is older than the setting."""
OFF = "off"
DAYS_OF_MONTH = 30
CHOICES: dict[str, dict[str, str]] = {
    "order": {LEAD_FIRST: "A lead comes before a link", LINK_FIRST: "A link comes before a lead"},
    "click": {LAST: "The last opened link counts", FIRST: "The first opened link counts"},
}
"""What can be chosen, and what it is called."""
LABELS: dict[str, str] = {
    "window_days": "Days for which an opened link counts",
    "lead_days": "Days for which a lead holds its website",
    "hold_hours": "Hours for which a new credit is pending",
    "visit_months": "Months for which the openings of links are kept",
    "order": "What comes first",
    "click": "When several links were opened",
    "dispute_days": "Days after which a question that staff have not answered ends",
    "trial_days": "Days within which an account that is cancelled was only a trial",
    "return_months": "Months after which a website is free again whose account has ended",
    "comeback_days": "Days within which a client who cancelled can come back and the credit goes on",
    "lead_limit": "Open leads that a partner may have at once",
    "lead_cooldown_days": "Days before a partner can register a website again that it let go",
}
"""Every setting, in the order in which they are shown."""


def mistakes(rules: Rules) -> dict[str, str]:
    """Setting -> a sentence, for every one that cannot be; nothing for rules that can be saved."""
    found = {}
    for name, (least, most) in BOUNDS.items():
        if not least <= getattr(rules, name) <= most:
            found[name] = f"Enter a whole number from {least} to {most}."
    for name, (least, most) in MAY_BE_OFF.items():
        if getattr(rules, name) is not None and not least <= getattr(rules, name) <= most:
            found[name] = f"Enter a whole number from {least} to {most}, or nothing for never."
    for name, choices in CHOICES.items():
        if getattr(rules, name) not in choices:
            found[name] = "Choose one of the two."
    if not found and rules.return_months and rules.return_months < months_of_lead(rules.lead_days):
        found["return_months"] = too_few_months(rules.lead_days)
    if not found and rules.visit_months * DAYS_OF_MONTH < rules.window_days:
        found["visit_months"] = (
            f"Enter {-(-rules.window_days // DAYS_OF_MONTH)} at least: an opened link counts so long."
        )
    return found


def months_of_lead(days: int) -> int:
    """The months within which a lead of so many days has ended, also when it was renewed.

    A site cannot be free again sooner: else a lead that was won long ago would win the next client of that site.
    """
    return -(-2 * days // DAYS_OF_MONTH)


def too_few_months(days: int) -> str:
    """What is said beside months that are fewer."""
    least = months_of_lead(days)
    return f"Enter {least} at least, or nothing for never: a lead of {amount(days, 'day')}, renewed once, ends before."


def is_same(one: Rules, other: Rules) -> bool:
    """Whether two versions say the same."""
    return replace(one, version=0) == replace(other, version=0)


def value(rules: Rules, name: str) -> str:
    """One setting in words: "90 days", "A lead comes before a link"."""
    given = getattr(rules, name)
    if name in CHOICES:
        return CHOICES[name][given]
    if given is None:
        return "Off"
    return amount(given, "lead" if name == "lead_limit" else name.rpartition("_")[2].rstrip("s"))


def amount(number: int, unit: str) -> str:
    """A number with its unit: "1 day", "90 days"."""
    return f"{number} {unit}{'' if number == 1 else 's'}"


def labelled_values(rules: Rules) -> list[tuple[str, str]]:
    """Every setting's label and value, to show one below the other."""
    return [(label, value(rules, name)) for name, label in LABELS.items()]


def changed(before: Rules, after: Rules) -> list[tuple[str, str, str]]:
    """The settings that differ: label, value before, value after."""
    return [
        (label, value(before, name), value(after, name))
        for name, label in LABELS.items()
        if getattr(before, name) != getattr(after, name)
    ]


@dataclass(frozen=True)
class RulesInWords:
    """The rules as the pages of partners and clients say them: lengths in words, and what comes first.

    hold: empty where no credit waits; visits_kept: for how long the openings of links are kept; dispute, trial,
    return_after, comeback, lead_limit, cooldown: empty where these are off.
    """

    version: int
    window: str
    term: str
    hold: str
    visits_kept: str
    lead_first: bool
    last_click: bool
    dispute: str = ""
    trial: str = ""
    return_after: str = ""
    comeback: str = ""
    lead_limit: str = ""
    cooldown: str = ""

    @property
    def which_click(self) -> str:
        """Which of several openings counts: `last` or `first`."""
        return "last" if self.last_click else "first"


def in_words(rules: Rules) -> RulesInWords:
    """What texts say of these rules."""
    told = [value(rules, name) if getattr(rules, name) else "" for name in MAY_BE_OFF]
    return RulesInWords(
        rules.version,
        value(rules, "window_days"),
        value(rules, "lead_days"),
        value(rules, "hold_hours") if rules.hold_hours else "",
        value(rules, "visit_months"),
        rules.order == LEAD_FIRST,
        rules.click == LAST,
        *told,
    )
