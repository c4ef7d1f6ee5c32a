"""Where a signed-in person stands: which page answers "what happens now", with what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from partner_access.accounts import throttles
from partner_access.accounts.models import User
from partner_access.errors import TooMany
from partner_access.organizations.directory import staff_acts
from partner_access.organizations.entry import admissions, applications, invitations, join_requests
from partner_access.organizations.entry.rules import EntryDecision, explain
from partner_access.organizations.models import Application, Invitation, JoinRequest, Membership
from partner_access.organizations.team import memberships

ASKS_A_DAY = 3
CAN_ASK = frozenset({"refused", "turned-down", "may-join", "may-ask", "may-apply"})
"""The pages with a button that asks again."""


@dataclass(frozen=True)
class JoinStatus:
    """`page` is the template in templates/organizations/entry/status/; `home` sends on to the one organization instead.

    reason: why, in a sentence. org_name: the organization it is about. offer: an organization of the person's domain to
    join at once, or to ask.
    """

    page: str
    memberships: Sequence[Membership] = ()
    invitations: Sequence[Invitation] = ()
    request: JoinRequest | None = None
    application: Application | None = None
    reason: str = ""
    org_name: str = ""
    offer: EntryDecision | None = None

    @property
    def follow_ups(self) -> tuple[datetime, datetime]:
        """When the owners are reminded of the request, and when the programme's staff learn of it."""
        assert self.request is not None, "only who waits has a request"
        asked = self.request.created_at
        return asked + join_requests.OWNERS_AFTER, asked + join_requests.STAFF_AFTER


def where_is(user: User) -> JoinStatus:
    """What this person's page says now. What they belong to comes first, then what is open, then what was decided."""
    mine, invited = memberships.of_person(user), invitations.open_for(user)
    requests = join_requests.of_person(user)
    waiting = next((row for row in requests if join_requests.is_waiting(row)), None)
    if len(mine) == 1 and not invited and waiting is None:
        return JoinStatus("home", memberships=mine)
    if mine or invited:
        return everything(user)
    if waiting is not None:
        return _about(waiting, "waiting")
    shut_out = memberships.suspended(user)
    if shut_out:
        org = shut_out[0].org.name
        return JoinStatus("suspended", org_name=org, reason=explain("suspended", org=org))
    application = applications.latest(user)
    if application is not None and application.decided_at is None:
        page = "applying" if application.completed_at else "apply"
        return JoinStatus(page, application=application, reason=why_apply(application))
    return _decided(requests, application) or _foreseen(user)


def everything(user: User) -> JoinStatus:
    """All that the person belongs to, and all that is open to them, to choose from."""
    waiting = next((row for row in join_requests.of_person(user) if row.decided_at is None), None)
    entry = admissions.elsewhere(user)
    if entry and waiting and entry.org == str(waiting.org_id):
        entry = None
    return JoinStatus(
        "choose",
        memberships=memberships.of_person(user),
        invitations=invitations.open_for(user),
        request=waiting,
        offer=entry,
        org_name=admissions.org_name(entry) if entry else "",
        reason=admissions.why(user, entry) if entry else "",
    )


def ask_again(user: User) -> EntryDecision | None:
    """Decide anew, for somebody whose page offers it; else None. Raises TooMany beyond ASKS_A_DAY."""
    now = where_is(user)
    if now.page == "home":
        now = everything(user)
    if now.page not in CAN_ASK and not (now.offer and now.offer.outcome == "requested"):
        return None
    if not throttles.take(f"ask-again:{user.id}", ASKS_A_DAY, throttles.DAY):
        wait = throttles.seconds_left(throttles.DAY)
        raise TooMany("You have asked several times today. Ask again tomorrow.", code="asked-often", retry_after=wait)
    return admissions.enter(user)


def _decided(requests: Sequence[JoinRequest], application: Application | None) -> JoinStatus | None:
    """The newest refusal that the person has not answered yet."""
    request = requests[0] if requests else None
    refused = request is not None and request.outcome in ("declined", "expired")
    turned_down = application is not None and application.outcome == "declined"
    if refused and turned_down:
        assert request is not None and application is not None
        refused = request.id > application.id
    if refused and request is not None:
        return _about(request, "refused")
    return JoinStatus("turned-down", application=application) if turned_down else None


def _about(row: JoinRequest, page: str) -> JoinStatus:
    org, domain = row.org.name, row.user.email_domain
    return JoinStatus(page, request=row, org_name=org, reason=explain(row.reason, org=org, domain=domain))


def why_apply(row: Application) -> str:
    """Why this person is asked to apply."""
    return explain("public-mailbox" if row.domain_is_public else "unknown-domain", domain=row.domain)


def _foreseen(user: User) -> JoinStatus:
    """Nothing is open and nothing was refused: what asking would lead to; and first what they belonged to is over."""
    entry = admissions.foresee(user)
    pages = {"joined": "may-join", "requested": "may-ask", "closed": "closed", "paused": "paused", "apply": "may-apply"}
    if entry.reason == "programme-staff":
        return JoinStatus("staff")
    over = [staff_acts.why_shut(row.org) for row in memberships.of_person(user, closed=True)]
    reason = " ".join([*over, admissions.why(user, entry)])
    return JoinStatus(pages.get(entry.outcome, "disposable"), org_name=admissions.org_name(entry), reason=reason)
