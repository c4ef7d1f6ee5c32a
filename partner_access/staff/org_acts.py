"""What staff can do to a whole organization, and what each act means for whom: said before it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from partner_access.credit.lifecycle import org_mergers
from partner_access.credit.lifecycle.org_closures import ClosurePreview
from partner_access.errors import NotFound
from partner_access.organizations.directory import staff_acts
from partner_access.organizations.models import Organization


@dataclass(frozen=True)
class OrgAct:
    """One act. verb: “Pause”; done: “is paused”; outcome: of STATE_CHANGES; means: what will happen, in sentences."""

    verb: str
    done: str
    outcome: str
    means: Callable[[Organization, ClosurePreview], Sequence[str]]
    is_grave: bool = False


def fetch(name: str) -> OrgAct:
    """The act of this name in the address. Raises NotFound."""
    if name not in ACTS:
        raise NotFound(code="no-such-act")
    return ACTS[name]


def number(count: int, one: str, many: str = "") -> str:
    """“1 lead”, “2 leads”, “no lead”."""
    return f"{count or 'no'} {one if count < 2 else many or one + 's'}"


def _pause(org: Organization, found: ClosurePreview) -> list[str]:
    return [
        f"Told by mail, with your reason: {number(found.doors.managers, 'owner or admin', 'owners and admins')}.",
        f"Stops at once: nobody of {number(found.doors.people, 'person', 'people')} opens its pages, nobody joins, its "
        "links answer that they are not in use, and no client can choose it as their manager.",
        "Earns nothing: sign-ups during the pause, and leads and links from during it.",
        f"Stays: its {number(found.leads, 'open lead')}, its managed accounts, its ledger, and everybody’s membership. "
        "Its people still get into their other organizations.",
        "Passes on at once, for good: each site that it holds and another partner waits for.",
    ]


def _resume(org: Organization, found: ClosurePreview) -> list[str]:
    return [
        f"Told by mail, with your reason: {number(found.doors.managers, 'owner or admin', 'owners and admins')}.",
        "Goes on at once: its people are in again, its links work, and what they bring counts.",
        "Clients who were asked whether it manages their account have as long to answer as was left at the pause.",
        "Waits in line, by the day on which it was registered: a site that passed on to another partner meanwhile.",
        "Stays: sign-ups that came during the pause earn nothing, also those we hear of later.",
    ]


def _close(org: Organization, found: ClosurePreview) -> list[str]:
    doors, counts = found.doors, found.counts
    freed = ", ".join(doors.domains) or "none"
    return [
        "This is for good. A closed organization can be merged into another one, and nothing else.",
        f"Told by mail, with your reason: {number(doors.managers, 'owner or admin', 'owners and admins')}. All "
        f"{number(doors.people, 'person', 'people')} read at its pages that it was closed, and why.",
        f"Ends: {number(found.leads, 'open lead')} (who waits for a site gets it), "
        f"{number(found.claims, 'unanswered claim')}, {number(found.managed, 'managed account')} (the client is told), "
        f"{number(doors.invitations, 'invitation')}, {number(doors.requests, 'request')} to join (each is told).",
        f"Free for others: its e-mail domains ({freed}).",
        f"The clients’ own: {number(found.handovers, 'account')} that it created and nobody has accepted yet. The "
        "client is mailed, and can accept it for a year.",
        f"Stays in its ledger: {counts.active} active and {counts.pending} pending. Sign-ups from now on earn nothing.",
    ]


def merger(gone: Organization, stays: Organization, found: org_mergers.OrgMergerPreview) -> list[str]:
    """What making one organization part of another will do, in sentences."""
    people, doors, counts = found.people, found.doors, found.counts
    return [
        f"This is for good. {gone.name} is closed, and all its addresses and links lead to {stays.name}.",
        "Told by mail, with your reason: the owners and admins of both.",
        f"People: {people.come} join {stays.name}, {people.there} are there already and keep their role, and "
        f"{people.removed} stay out because they were removed there. Owners of {gone.name} become admins, unless "
        f"{stays.name} has no owner.",
        f"Doors: {', '.join(doors.domains) or 'no e-mail domain'} with proof and policy, "
        f"{number(doors.requests, 'request')} to join. Taken back: {number(doors.invitations, 'invitation')}.",
        f"Leads: {counts.leads}, of them {counts.live_leads} open. Where both have an open one for a site, the "
        f"first in line stays and the other is withdrawn: {found.doubled}.",
        f"Clients: {found.clients}, of them {found.shared} in both lists. Credit: {counts.active} active, "
        f"{counts.pending} pending, {counts.managed} managed, taken back in one ledger and written in the other.",
        f"Open questions in which {gone.name} is a side: {found.disputes}. {stays.name} is asked in its place; what "
        "the two asked against each other falls away.",
    ]


ACTS: dict[str, OrgAct] = {
    "pause": OrgAct("Pause", "is paused", "paused", _pause),
    "resume": OrgAct("Resume", "goes on", "resumed", _resume),
    "close": OrgAct("Close", "is closed", "closed", _close, is_grave=True),
}
"""Act in the address -> what it does."""


def is_possible(act: OrgAct, org: Organization) -> bool:
    """Whether an organization is in a state for it."""
    return org.state in staff_acts.POSSIBLE_FROM[act.outcome]
