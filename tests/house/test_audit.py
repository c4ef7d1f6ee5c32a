"""The catalogue of events and the code that writes them say the same."""

from __future__ import annotations

import ast

from partner_access.activity.words import NOT_TOLD, WORDS
from partner_access.audit import kinds
from partner_access.audit.events import EVENTS
from partner_access.staff.log_words import KINDS as PROGRAMME_KINDS
from partner_access.staff.log_words import WORDS as PROGRAMME_WORDS
from tests.house.source import Module, literal, modules

OWN_ARGUMENTS = {"subject", "reason"}


def recorded() -> list[tuple[str, ast.Call, list[str]]]:
    """Every call of audit.record: where it is, the call, and the events it may write (a literal, or what is near)."""
    found = []
    for module in modules():
        if module.top == "audit":
            continue
        for call in module.calls("record"):
            owner = call.func.value if isinstance(call.func, ast.Attribute) else None
            if isinstance(owner, ast.Name) and owner.id == "audit":
                event = literal(call.args[0])
                events = [event] if event else _named_nearby(module, call)
                found.append((f"{module}:{call.lineno}", call, events))
    return found


def _named_nearby(module: Module, call: ast.Call) -> list[str]:
    """Events that the function around a call names, where the call itself holds a variable."""
    outer = next(node for node in module.tree.body if call in ast.walk(node))
    return [text for node in ast.walk(outer) if (text := literal(node)) and text in EVENTS]


def test_every_event_that_is_recorded_is_in_the_catalogue():
    for place, _, events in recorded():
        assert events, f"{place}: which event is this?"
        assert set(events) <= set(EVENTS), place


def test_every_event_of_the_catalogue_is_recorded_somewhere():
    written = {event for _, _, events in recorded() for event in events}
    assert set(EVENTS) - written == set()


def test_every_field_is_one_that_its_event_may_carry():
    for place, call, events in recorded():
        fields = {keyword.arg for keyword in call.keywords if keyword.arg} - OWN_ARGUMENTS
        for event in events:
            assert fields <= EVENTS[event], f"{place}: {event}"


def test_every_decision_gives_its_reason():
    decisions = ("refused", "decided", "declined", "removed", "ended", "expired", "approved", "activated")
    for place, call, events in recorded():
        if any(event.endswith(decisions) for event in events):
            assert "reason" in {keyword.arg for keyword in call.keywords}, f"{place}: {events} has no reason code"


OUTSIDE = {
    "account_request", "user", "session", "entry", "application", "staff", "ruling", "rules", "client.merged", "mail",
    "job", "client.cancelled", "client.reactivated", "sign_up", "client_account.named", "client_account.told",
    "mail_provider",
}  # fmt: skip
"""Nouns of events that belong to no organization, and such events themselves."""


def test_every_event_outside_organizations_has_words_for_staff():
    outside = {event for event in EVENTS if {event, event.partition(".")[0]} & OUTSIDE}
    assert outside <= set(PROGRAMME_WORDS) <= set(EVENTS)
    assert set(kinds.OUTSIDE) == set(PROGRAMME_WORDS) and set(kinds.OUTSIDE.values()) == set(PROGRAMME_KINDS)


def test_every_event_of_an_organization_has_words_for_its_people():
    own = {event for event in EVENTS if not {event, event.partition(".")[0]} & OUTSIDE}
    assert own == set(WORDS) | NOT_TOLD, "say in partner_access/activity/words.py what it is called"
