"""What a merger of two client accounts would do, told before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from partner_access.credit.attribution import decisions
from partner_access.credit.disputes import disputes
from partner_access.credit.managed import claims
from partner_access.credit.models import ClientAccount
from partner_access.credit.rules.decision import Decision
from partner_access.errors import Invalid
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import organizations
from partner_access.staff import client_overview
from partner_access.staff.queue import sides
from partner_access.staff.queue.cases import CaseSide


@dataclass(frozen=True)
class MergePreview:
    """Both accounts before and after; changes: what else the merger does, in sentences."""

    gone: ClientAccount
    stays: ClientAccount
    sides: Sequence[CaseSide]
    changes: Sequence[str]


def preview(gone: ClientAccount, stays: ClientAccount) -> MergePreview:
    """What becomes of both accounts' credit by the same rules that decide it in the end. Writes nothing.

    Raises Invalid for an account and itself, and for one that was merged before.
    """
    if gone.id == stays.id:
        raise Invalid("An account cannot be merged into itself.", code="same-account", field="into")
    if stays.merged_into:
        raise Invalid(
            "That account was merged into another one. Take the one that goes on.", code="merged", field="into"
        )
    over, one = decisions.if_merged(gone, stays)
    both = [_side("Goes", gone, over), _side("Stays", stays, one)]
    return MergePreview(gone, stays, both, _changes(gone, stays))


def _side(what: str, account: ClientAccount, after: Decision) -> CaseSide:
    holder = dict(client_overview.credit(account))
    state = f", {str(holder['State']).lower()}" if "State" in holder else ""
    then = sides.outcome(after)
    return CaseSide(
        f"{what}: {account.company}",
        [
            ("Account", account.external_id),
            ("Website", display_site(account.site)),
            ("Signed up", account.signed_up_at),
            ("Source credit now", f"{holder['Source credit']}{state}"),
            ("Source credit then", f"{then[:1].upper()}{then[1:]}"),
            ("Managed by now", client_overview.manages(account)),
        ],
    )


def _changes(gone: ClientAccount, stays: ClientAccount) -> list[str]:
    told = []
    seat, taken = claims.manager(gone), claims.manager(stays)
    if seat and taken is None:
        told.append(f"{organizations.fetch(seat).name} manages the account that stays from then on.")
    elif seat and taken != seat:
        told.append(f"{organizations.fetch(seat).name} manages it no longer: the account that stays has its manager.")
    if claims.concerned([gone]) - ({seat} if seat else set()):
        told.append("Claims that wait go on at the account that stays, or end where the same partner has one there.")
    if disputes.find_open(gone.id):
        told.append("The open question about the account that goes is closed. It can be asked about the other one.")
    return told
