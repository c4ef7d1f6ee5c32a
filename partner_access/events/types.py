"""The catalogue: every type of event that other programs are told of, and what its data hold. Pure.

Data are thin: ids, reason codes and dates, no name and no address of anybody. Who wants more asks the API for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class EventType:
    """A type of event. told: when it is told; example: its data, which name every field that it may carry.

    The data of every event say besides, as `organization`, whose it is (its slug, or null).
    """

    told: str
    example: Mapping[str, object]

    @property
    def fields(self) -> frozenset[str]:
        """The fields of its data."""
        return frozenset(self.example)


_SITE = {"site": "oakandfern.example"}
_CLIENT = {"client_id": "01890a5d-ac96-774b-bcce-b302099a8057", "external_id": "acct-4711"} | _SITE
_LEAD = {"lead_id": "01890a5d-ac96-7ab2-9d55-0c3dc6d6b3f4"} | _SITE
_RULING = {"ruling_id": "01890a5d-ac99-7e55-b6a1-3d2c1b0a9f88"}
_DAY = "2026-11-23T09:30:00+00:00"
_REVIEW = {"dispute_id": "01890a5d-ac97-7c1f-8a3e-1f0f5c3f7a10", "kind": "conflict"}

TYPES: dict[str, EventType] = {
    "sign_up.credited": EventType(
        "A sign-up is credited to the organization; its credit is pending.",
        _CLIENT | {"basis": "lead", "reason": "credited-lead", "hold_until": _DAY},
    ),
    "sign_up.not_credited": EventType(
        "A sign-up is not credited to the organization, or no longer; without an organization: to nobody.",
        _CLIENT | {"reason": "lead-after-sign-up"},
    ),
    "credit.active": EventType("A credit has become active.", _CLIENT | {"active_from": _DAY}),
    "credit.ended": EventType(
        "A credit has ended, because the client cancelled.", _CLIENT | {"reason": "client-cancelled", "ended_at": _DAY}
    ),
    "credit.resumed": EventType("A credit that had ended goes on, because the client came back.", _CLIENT),
    "lead.registered": EventType(
        "A lead was registered. No end (held_until) while it is queued behind another one.",
        _LEAD | {"held_until": _DAY},
    ),
    "lead.expiring": EventType("A lead stops holding its site in 7 days.", _LEAD | {"held_until": _DAY}),
    "lead.ended": EventType("A lead has ended: won, lost, expired, withdrawn.", _LEAD | {"reason": "expired"}),
    "managed.confirmed": EventType("A managed account was confirmed.", _CLIENT | {"reason": "managed-confirmed"}),
    "managed.ended": EventType(
        "A managed account, or the claim of one, has ended.", _CLIENT | {"reason": "managed-ended-by-client"}
    ),
    "member.joined": EventType(
        "Somebody is a member of the organization.",
        {"membership_id": "01890a5d-ac98-7d0a-9c41-5b9f2a7e1c22", "role": "member", "provenance": "invitation"},
    ),
    "dispute.opened": EventType(
        "Staff are asked who brought a client, and the organization is a side.",
        _CLIENT | _REVIEW | {"answer_by": _DAY},
    ),
    "dispute.closed": EventType(
        "A dispute is closed, by a ruling or because it fell away.", _CLIENT | _REVIEW | {"is_credited": True}
    ),
    "dispute.ruled": EventType("Staff have ruled who brought a client.", _CLIENT | _RULING | {"is_credited": True}),
    "statement.ready": EventType("The statement of a month is ready.", {"month": "2026-11", "lines": 12}),
}
