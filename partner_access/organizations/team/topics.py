"""What mails to a team are about, and the pure decision which of its people get them. No Flask, no database.

Who gets one mail: recipients.of() for a topic, recipients.for_client() for a mail about one client.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from partner_access.permissions import Permission, Role, allows


class Topic(StrEnum):
    """What a mail to the team is about. A mail to the very person concerned belongs to no topic."""

    TEAM = "team"
    DOMAINS = "domains"
    CLIENTS = "clients"
    STATEMENT = "statement"


@dataclass(frozen=True)
class TopicWords:
    """A topic in words. default: whose role brings its mails; acts: who can do what they ask for, None for nothing."""

    label: str
    what: str
    default: Permission
    acts: Permission | None = None


TOPICS: dict[Topic, TopicWords] = {
    Topic.TEAM: TopicWords(
        "Requests to join", "Somebody asks to be let in.", Permission.MANAGE_TEAM, Permission.MANAGE_TEAM
    ),
    Topic.DOMAINS: TopicWords(
        "E-mail domains", "The record of a domain is missing, or another organization has proved it too.",
        Permission.MANAGE_DOMAINS, Permission.MANAGE_DOMAINS,
    ),
    Topic.CLIENTS: TopicWords(
        "Clients nobody is in charge of",
        "Conflicts, rulings, managed accounts and hand-overs of which nobody in the team is in charge.",
        Permission.MANAGE_TEAM, Permission.MANAGE_LEADS,
    ),
    Topic.STATEMENT: TopicWords(
        "Monthly statement", "What the month before changed in your credit, on the first.", Permission.MANAGE_TEAM
    ),
}  # fmt: skip


@dataclass(frozen=True)
class TopicReader:
    """An active member as one topic sees them.

    chosen: whether owners and admins want them to get its mails, None where the role decides. is_off: they took
    themselves off.
    """

    person: uuid.UUID
    role: Role
    chosen: bool | None = None
    is_off: bool = False


def by_role(topic: Topic, role: Role) -> bool:
    """Whether somebody with this role gets the mails of a topic as long as nobody has chosen otherwise."""
    return allows(role, TOPICS[topic].default)


def is_chosen(topic: Topic, reader: TopicReader) -> bool:
    """Whether the organization wants them to get it, by their role or by choice."""
    return by_role(topic, reader.role) if reader.chosen is None else reader.chosen


def gets(topic: Topic, reader: TopicReader) -> bool:
    """Whether they are to get it: chosen, and not off by their own wish."""
    return is_chosen(topic, reader) and not reader.is_off


def is_answered(topic: Topic, readers: Sequence[TopicReader]) -> bool:
    """Whether what the topic asks for reaches somebody who may do it, without falling back on the roles."""
    acts = TOPICS[topic].acts
    return acts is None or any(gets(topic, reader) and allows(reader.role, acts) for reader in readers)


def decide(topic: Topic, readers: Sequence[TopicReader]) -> list[TopicReader]:
    """Who gets a mail, in the order given. readers: all active members.

    Where nobody is left who may do what it asks for, those get it too who do by their role, also who took themselves
    off: it always reaches somebody.
    """
    falls_back = not is_answered(topic, readers)
    return [reader for reader in readers if gets(topic, reader) or (falls_back and by_role(topic, reader.role))]
