"""Who of a team gets the mails of a topic: what owners and admins chose, what each person wants, and the roles."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from partner_access import audit
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.db import fresh, scope, session
from partner_access.errors import Conflict, Invalid
from partner_access.organizations.models import MailChoice, Membership
from partner_access.organizations.team import memberships, topics
from partner_access.organizations.team.topics import TOPICS, Topic, TopicReader
from partner_access.transactions import lock

Tick = tuple[Topic, uuid.UUID]
"""A topic, and the membership of somebody who is chosen for it."""


@dataclass(frozen=True)
class MemberTopics:
    """An active member, and how each topic sees them."""

    row: Membership
    readers: Mapping[Topic, TopicReader]

    def is_chosen(self, topic: Topic) -> bool:
        """Whether the organization wants them to get it."""
        return topics.is_chosen(topic, self.readers[topic])


@dataclass(frozen=True)
class SavedChoice:
    """What became of a choice: topics that it changed, and whether somebody else had chosen meanwhile too."""

    changed: Sequence[Topic]
    is_later: bool


def for_client(*people: User | None) -> list[User]:
    """The first of these people who is still in the team; when all have left, whom the team has chosen for clients."""
    stayed = next((person for person in people if person and memberships.find(person.id)), None)
    return [stayed] if stayed else of(Topic.CLIENTS)


def of(topic: Topic) -> list[User]:
    """Who of the bound organization gets a mail of this topic, longest-standing first.

    A topic that asks for something reaches at least one active member who may do it.
    """
    return [line.row.user for line in reached(lines(), topic)]


def reached(present: Sequence[MemberTopics], topic: Topic) -> list[MemberTopics]:
    """Those of the active members (all of them are needed) who get a mail of this topic."""
    getting = {reader.person for reader in topics.decide(topic, [line.readers[topic] for line in present])}
    return [line for line in present if line.row.user_id in getting]


def lines() -> list[MemberTopics]:
    """The active members of the bound organization, longest-standing first, and how each topic sees them."""
    members = [row for row in memberships.listing() if row.is_active]
    choices = {(row.topic, row.user_id): row for row in _choices()}
    return [
        MemberTopics(row, {topic: _reader(row, choices.get((topic, row.user_id))) for topic in Topic})
        for row in members
    ]


def _choices() -> Sequence[MailChoice]:
    return fresh(select(MailChoice)).all()


def _reader(row: Membership, choice: MailChoice | None) -> TopicReader:
    if choice is None or choice.changed_at < row.created_at:  # of an earlier membership of theirs
        return TopicReader(row.user_id, row.role_name)
    return TopicReader(row.user_id, row.role_name, choice.chosen, is_off=choice.off_since is not None)


def ticks(present: Iterable[MemberTopics]) -> frozenset[Tick]:
    """Who is chosen for what."""
    return frozenset((topic, line.row.id) for line in present for topic in Topic if line.is_chosen(topic))


def choose(ticked: Iterable[Tick], *, seen: Iterable[Tick]) -> SavedChoice:
    """Owners and admins choose. seen: who was chosen on the page they looked at, so that what they did not touch stays
    as somebody else has chosen meanwhile.

    Raises Invalid for a topic of which nobody would be left who may do what it asks for.
    """
    _hold()
    members = {line.row.id: line for line in lines()}
    before, wanted, known = ticks(members.values()), set(ticked), set(seen)
    after = {tick for tick in (before | (wanted - known)) - (known - wanted) if tick[1] in members}
    changed = [topic for topic in Topic if _of(topic, after) != _of(topic, before)]
    for topic in changed:
        readers = [_as_chosen(line, topic, (topic, line.row.id) in after) for line in members.values()]
        _check_answered(topic, readers)
    for topic in changed:
        on = [members[found] for found in members if (topic, found) in after - before]
        off = [members[found] for found in members if (topic, found) in before - after]
        for line, is_on in [(line, True) for line in on] + [(line, False) for line in off]:
            _keep(line, _as_chosen(line, topic, is_on), topic)
        _record(topic, on=on, off=off, reason="team-decided")
    return SavedChoice(changed, is_later=before != known and bool(changed))


def _of(topic: Topic, chosen: Iterable[Tick]) -> set[uuid.UUID]:
    return {member_id for about, member_id in chosen if about == topic}


def _as_chosen(line: MemberTopics, topic: Topic, is_on: bool) -> TopicReader:
    """The member once they are chosen or not; what is the same as by their role is left to the role."""
    reader = line.readers[topic]
    chosen = None if is_on == topics.by_role(topic, reader.role) else is_on
    return TopicReader(reader.person, reader.role, chosen, reader.is_off)


def want(membership_id: uuid.UUID, topic: Topic, *, is_on: bool) -> None:
    """A member takes themselves off a topic that they were chosen for, or on again; idempotent.

    Raises Conflict when they are not chosen for it; Invalid when they are the last who may do what it asks for.
    """
    _hold()
    present = lines()
    mine = next((line for line in present if line.row.id == membership_id), None)
    if mine is None or not mine.is_chosen(topic):
        raise Conflict("You are not chosen for these mails. An owner or admin can choose you.", code="not-chosen")
    reader = mine.readers[topic]
    if reader.is_off != is_on:
        return
    after = TopicReader(reader.person, reader.role, reader.chosen, is_off=not is_on)
    if not is_on and topics.is_answered(topic, [line.readers[topic] for line in present]):
        _check_answered(topic, [after if line is mine else line.readers[topic] for line in present])
    _keep(mine, after, topic)
    _record(topic, on=[mine] if is_on else [], off=[] if is_on else [mine], reason="own-choice")


def _hold() -> None:
    """One choice after the other, so that each sees what the one before it left."""
    lock(f"mail-choices:{scope().org_id}")


def _check_answered(topic: Topic, readers: Sequence[TopicReader]) -> None:
    if not topics.is_answered(topic, readers):
        who = "somebody" if topic is Topic.CLIENTS else "an owner or admin"
        sentence = f"{TOPICS[topic].label}: {who} who has not taken themselves off must be left to answer."
        raise Invalid(sentence, code="nobody-left", field=topic)


def _keep(line: MemberTopics, reader: TopicReader, topic: Topic) -> None:
    mine = MailChoice.topic == topic, MailChoice.user_id == line.row.user_id
    row = session().scalar(select(MailChoice).where(*mine))
    if row is None:
        row = MailChoice(topic=topic, user_id=line.row.user_id)
        session().add(row)
    if reader.is_off and not line.readers[topic].is_off:
        row.off_since = now()
    elif not reader.is_off:
        row.off_since = None
    row.chosen, row.changed_at = reader.chosen, now()
    session().flush()


def _record(topic: Topic, *, on: Sequence[MemberTopics], off: Sequence[MemberTopics], reason: str) -> None:
    added, removed = ([str(line.row.user_id) for line in found] for found in (on, off))
    audit.record("recipients.changed", reason=reason, topic=topic, added=added, removed=removed)
