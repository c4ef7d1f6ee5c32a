"""What the rules say where staff decide: the answer that is chosen for them at first, and why. Pure.

Each answers (value, sentence); the value is '' where no rule decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from partner_access.permissions import Role


def application(*, is_public: bool, is_complete: bool, sites: Sequence[str], taken_by: str = "") -> tuple[str, str]:
    """For an application: a work address at the domain of the website that was given shows who somebody is.

    sites: the sites of the website and of the e-mail domain; one where they are the same. taken_by: the organization
    whose proved domain it is by now.
    """
    if taken_by:
        return "declined", f"Their e-mail domain is {taken_by}’s by now, so they cannot found another one with it."
    if is_public:
        return "", "The address is at a public mail provider, so it does not show whose the website is. Ask them."
    if not is_complete:
        return "", "They have not said yet who they are. Wait, or ask them."
    if len(set(sites)) == 1:
        return "approved", "They read mail at the domain of their website, so it is theirs."
    return "", "Their e-mail domain is not that of the website they gave, or they gave none. Ask them."


def domain_ruling(holder_proof: str) -> tuple[str, str]:
    """For a domain that two have proved, the second by DNS: a DNS record is more than what staff once believed."""
    if holder_proof == "staff":
        return "rival", "A DNS record proves more than the programme’s staff could see (mailbox < staff < DNS)."
    return "holder", "Both have a DNS record, and the holder had it first."


def entry(reason: str) -> tuple[str, str]:
    """For a join request that nobody answers; reason: why the person waits, a code of rules.ENTRY_REASONS."""
    if reason == "policy-request":
        return "approved", "They read mail at a proved domain of the organization; nothing else speaks against them."
    return "declined", "Only the organization itself can know better than the rule that made them wait."


RANKS = {Role.OWNER: 0, Role.ADMIN: 1, Role.MEMBER: 2}


def owner(team: Sequence[tuple[str, Role, datetime, datetime | None]]) -> tuple[str, str]:
    """For an organization without an owner; team: (id, role, member since, last here) of those who could become one."""
    here = [person for person in team if person[3] is not None]
    if not here:
        return "", "Nobody else of the team was ever here. Invite an owner on the organization’s page."
    best = min(here, key=lambda person: (RANKS[person[1]], person[2]))
    return best[0], "Admins come first, then who has been in the team for longest, of those who have been here."
