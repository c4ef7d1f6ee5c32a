"""Applications to found a partner organization."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from partner_access.credit.touchpoints import links
from partner_access.db import acting, scope
from partner_access.organizations.directory import organizations, own_names
from partner_access.organizations.entry import applications
from partner_access.organizations.models import Application
from partner_access.staff.queue.cases import Case, CaseKind, CaseSide, Choice, DecidedCase, WaitingCase

APPROVE = Choice("approved", "Approve", "They are its owner. Colleagues at their e-mail domain ask first, until it is "
                 "proved by DNS.")  # fmt: skip
APPROVE_AUTO = Choice("approved-auto", "Approve, and let colleagues in at once", "You say that only people of the "
                      "organization have addresses at its domain: no customers, no members, no public.")  # fmt: skip
DECLINE = Choice("declined", "Decline", "They read your reason, and can apply again.")


class ApplicationCases(CaseKind):
    """Applications: whoever is approved founds the organization, and it has its primary link at once."""

    outcomes: Mapping[str, str] = {
        "approved": "Approved",
        "declined": "Declined",
        "withdrawn": "Withdrawn by the applicant",
        "joined": "Passed on: their domain became an organization’s meanwhile",
    }

    def listing(self) -> Sequence[WaitingCase]:
        return [self._waiting(row) for row in applications.listing()]

    def _waiting(self, row: Application) -> WaitingCase:
        return WaitingCase(self.name, row.id, row.org_name, f"{row.user.name}, {row.user.email}", row.created_at)

    def case(self, item_id: uuid.UUID) -> Case | None:
        row = applications.fetch(item_id)
        if row.decided_at:
            return None
        is_public = applications.is_public(row)
        sites = own_names.sites_of(row.website, [] if is_public else [row.domain])
        is_complete = row.completed_at is not None
        taken_by = "" if is_public else organizations.name_at(row.domain)
        answer, why = suggest_for_application(
            is_public=is_public, is_complete=is_complete, sites=sites, taken_by=taken_by
        )
        applicant: list[tuple[str, str | datetime]] = [
            ("Name", row.user.name),
            ("E-mail", row.user.email),
            ("Organization", row.org_name),
            ("Website", row.website or "Not given"),
            ("Asked", row.created_at),
            ("Told us more", row.completed_at or "Not yet"),
        ]
        sides = [
            CaseSide("Who applies", applicant, words=row.note or ""),
            CaseSide("What we know besides", self._known(row, sites)),
        ]
        return Case(
            self._waiting(row),
            f"May {row.user.name} found {row.org_name} here?",
            sides,
            [APPROVE, *([APPROVE_AUTO] if applications.may_be_auto(row) else []), DECLINE],
            answer,
            why,
            "Of a refusal the applicant reads the reason; of an approval staff do.",
        )

    def _known(self, row: Application, sites: Sequence[str]) -> list[tuple[str, str]]:
        """What else the portal knows that has to do with the applicant."""
        others = [other for other in applications.of_domain(row.domain) if other.id != row.id]
        same = organizations.like(row.org_name, sites)
        told = [f"{other.user.email}: {self.outcomes.get(other.outcome or '', 'waits')}" for other in others]
        mailbox = "Anybody can have an address there: it tells nothing" if applications.is_public(row) else row.domain
        return [
            ("E-mail domain", mailbox),
            ("Others of this domain who applied", "; ".join(told) or "Nobody"),
            ("Organizations here of this name or website", ", ".join(org.name for org in same) or "None"),
        ]

    def decide(self, item_id: uuid.UUID, choice: str, reason: str) -> None:
        row = applications.fetch(item_id)
        if choice == "declined":
            applications.decline(row, reason=reason)
            return
        org = applications.approve(row, reason=reason, policy="auto" if choice == APPROVE_AUTO.value else "request")
        with acting(scope().actor, org.id):
            links.primary(org)

    def done(self, item_id: uuid.UUID) -> DecidedCase | None:
        row = applications.fetch(item_id)
        if row.decided_at is None or row.outcome is None:
            return None
        return super().done(item_id) or DecidedCase(self.outcomes[row.outcome], row.decided_at, row.reason or "", None)


def suggest_for_application(
    *, is_public: bool, is_complete: bool, sites: Sequence[str], taken_by: str = ""
) -> tuple[str, str]:
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
