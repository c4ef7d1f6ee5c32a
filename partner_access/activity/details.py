"""What an event's fields say, in a sentence: from what to what, for whom, how much. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from partner_access.organizations.team.topics import TOPICS, Topic
from partner_access.organizations.words import POLICY_LABELS, as_role

Fields = Mapping[str, Any]
Names = Mapping[str, str]
"""Person's id -> what the organization calls them."""
SETTINGS = {"name": "Name", "website": "Website", "policy": "Newly proved domains"}
RULED = {"holder": "Who had it keeps it", "rival": "It goes to who proved it second", "withdrawn": "One let it go"}


TOKEN_SCOPES = {"read": "reads", "write": "reads and writes"}


def sentence(event: str, fields: Fields, names: Names) -> str:
    """The sentence of one event, or '' for one whose words say everything."""
    told = DETAILS.get(event)
    return told(fields, names) if told else ""


def people(fields: Fields) -> list[str]:
    """The ids of the people whom the fields name."""
    return [*([fields["heir"]] if fields.get("heir") else []), *fields.get("added", ()), *fields.get("removed", ())]


def _as_role(fields: Fields, _names: Names) -> str:
    return as_role(fields["role"]).capitalize() if fields.get("role") else ""


def _role_changed(fields: Fields, _names: Names) -> str:
    return f"From {fields['before']} to {fields['role']}"


def _as_limit(limit: int | None) -> str:
    return "As many as the rules say" if limit is None else f"{limit:,}"


def _at_domain(fields: Fields, _names: Names) -> str:
    return f"Address at {fields['domain']}" if fields.get("domain") else ""


def _policy_changed(fields: Fields, _names: Names) -> str:
    told = _from_to(POLICY_LABELS, fields["before"], fields["policy"])
    if fields.get("include_subdomains"):
        told += ", subdomains too"
    counts = {"let in": "admitted", "cut off": "cut_off", "offered to join": "offered"}
    told += "".join(f"; {words}: {fields[name]}" for words, name in counts.items() if fields.get(name))
    return told[:1].upper() + told[1:]


def _begins_with(fields: Fields, _names: Names) -> str:
    return POLICY_LABELS.get(fields.get("policy") or "", "") if fields.get("domain") else ""


def _from_to(words: Mapping[str, str], before: str | None, after: str | None) -> str:
    old, new = (words.get(code or "", code or "nothing") for code in (before, after))
    return f"from {old} to {new}" if old != new else f"{new}, as before"


def _settings_changed(fields: Fields, _names: Names) -> str:
    told = []
    for name in fields["changed"]:
        words = POLICY_LABELS if name == "policy" else {}
        change = _from_to(words, fields[f"{name}_before"], fields[name]) if name != "name" else ""
        told.append(": ".join(filter(None, (SETTINGS[name], change))))
    return "; ".join(told)


def _recipients_changed(fields: Fields, names: Names) -> str:
    told = [
        f"{word} {', '.join(names.get(person, 'somebody') for person in fields[field])}"
        for field, word in (("added", "with"), ("removed", "without"))
        if fields.get(field)
    ]
    return f"{TOPICS[Topic(fields['topic'])].label}: {', '.join(told)}"


def _to_heir(fields: Fields, names: Names) -> str:
    return f"To {names.get(fields['heir'], 'a colleague')}"


def _as_token(fields: Fields, _names: Names) -> str:
    return f"{fields['name']}, {TOKEN_SCOPES[fields['scope']]}"


DETAILS: dict[str, Callable[[Fields, Names], str]] = {
    "organization.founded": _begins_with,
    "organization.lead_limit_set": lambda fields, _: _as_limit(fields["limit"]),
    "membership.created": _as_role,
    "membership.role_changed": _role_changed,
    "membership.readdressed": _at_domain,
    "invitation.sent": _as_role,
    "invitation.accepted": _as_role,
    "join_request.received": _at_domain,
    "join_request.decision_undone": lambda fields, _: f"It had been {fields['outcome']}",
    "domain.proved": _begins_with,
    "domain.policy_changed": _policy_changed,
    "domain.ruled": lambda fields, _: RULED.get(fields["outcome"], ""),
    "settings.changed": _settings_changed,
    "recipients.changed": _recipients_changed,
    "lead.handed_over": _to_heir,
    "managed_claim.handed_over": _to_heir,
    "hand_over.handed_over": _to_heir,
    "api_token.created": _as_token,
    "api_token.rotated": _as_token,
    "api_token.revoked": _as_token,
}
"""Event -> what says its fields."""
