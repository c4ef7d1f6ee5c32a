"""Sign-ups: the vendor tells of a new client account, and hears who has the credit and why."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from flask import abort, jsonify, make_response

from partner_access.api.blueprint import api, gives, takes
from partner_access.api.schemas.sign_ups import RecordedSignUp, SignUpAnswer, SignUpGiven
from partner_access.credit.attribution import referrals, signups, source_credits
from partner_access.credit.clients import client_accounts
from partner_access.credit.insights import decision_report
from partner_access.db import found
from partner_access.keys.moments import moment_or_day
from partner_access.keys.sites import display_site
from partner_access.permissions import Permission
from partner_access.web.access import programme_call

EXAMPLE = {
    "external_id": "account-4711",
    "company": "Harbour Bakery",
    "website": "https://harbour-bakery.example",
    "email": "owner@harbour-bakery.example",
    "signed_up_at": "2026-11-03T09:15:00Z",
    "referral": "acme",
    "dry_run": True,
}


@api.post("/sign-ups")
@programme_call(Permission.MANAGE_CLIENTS)
@takes(SignUpGiven, **EXAMPLE)
@gives(SignUpAnswer, s201="It is new: it was recorded and decided.")
def record_sign_up(given: SignUpGiven) -> tuple[SignUpAnswer, int]:
    """Tell of a sign-up

    Idempotent: what was told before under this `external_id` is answered as the first time, with 200. With
    `dry_run` it is decided as it would be now, nothing is stored, and nobody hears of it.
    """
    answer = _record(given)
    if given.dry_run:
        # What raises is rolled back by the guard: so a dry run decides by the very functions that record.
        abort(make_response(jsonify(answer.model_dump(mode="json"))))
    return answer, 201 if answer.is_new else 200


def _record(given: SignUpGiven) -> SignUpAnswer:
    at, is_day = moment_or_day(given.signed_up_at, "signed_up_at")
    signup = signups.check(
        external_id=given.external_id,
        company=given.company,
        website=given.website,
        email=given.email or "",
        signed_up_at=at,
        referral=given.referral or "",
        came_by="api",
    )
    result = signups.record(replace(signup, is_day=is_day))
    return SignUpAnswer(
        external_id=result.account.external_id,
        is_new=result.is_new,
        dry_run=given.dry_run,
        decision=_as_json(decision_report.of_first_delivery(result.account)),
        referral=_as_json(referrals.note(signup.referral, at)),
    )


@api.get("/sign-ups/<path:external_id>")
@programme_call(Permission.VIEW_PROGRAMME)
@gives(RecordedSignUp)
def sign_up(external_id: str) -> RecordedSignUp:
    """Read a sign-up, and what holds now"""
    account = found(client_accounts.find(external_id))
    credit, head = source_credits.of_account(account.id), client_accounts.survivor(account)
    return RecordedSignUp(
        external_id=account.external_id,
        company=account.company,
        website=account.website,
        site=display_site(client_accounts.present_site(account)),
        signed_up_at=account.signed_up_at,
        received_at=account.received_at,
        merged_into=head.external_id if head.id != account.id else None,
        credit=credit.state if credit else None,
        decision=_as_json(decision_report.present(account)),
    )


def _as_json(value: Any) -> Any:
    """A dataclass from beneath as the model of its answer reads it."""
    return asdict(value)
