"""What the rules say where staff decide, as tables of examples."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from partner_access.organizations.entry.rules import ENTRY_REASONS
from partner_access.permissions import Role
from partner_access.staff.queue import applications, domains, join_requests, ownership


@pytest.mark.parametrize(
    ("is_public", "is_complete", "sites", "answer"),
    [
        (False, True, ["hazel.example"], "approved"),
        (False, True, ["hazel.example", "hazel.example"], "approved"),
        (False, True, ["hazel.example", "oak.example"], ""),
        (False, False, ["hazel.example"], ""),
        (True, True, ["hazel.example"], ""),
        (False, True, [], ""),
    ],
)
def test_an_application_is_approved_only_where_mailbox_and_website_are_one(is_public, is_complete, sites, answer):
    assert applications.suggest_for_application(is_public=is_public, is_complete=is_complete, sites=sites)[0] == answer


@pytest.mark.parametrize(("proof", "answer"), [("staff", "rival"), ("dns", "holder")])
def test_a_dns_record_is_more_than_what_staff_once_believed(proof, answer):
    assert domains.suggest_for_domain(proof)[0] == answer


@pytest.mark.parametrize("reason", ENTRY_REASONS)
def test_who_waits_only_for_the_policy_may_come_in(reason):
    assert join_requests.suggest_for_join_request(reason)[0] == (
        "approved" if reason == "policy-request" else "declined"
    )


def day(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("team", "answer"),
    [
        ([("m", Role.MEMBER, day(1), day(9)), ("a", Role.ADMIN, day(5), day(6))], "a"),
        ([("b", Role.ADMIN, day(2), day(9)), ("a", Role.ADMIN, day(1), day(3))], "a"),
        ([("a", Role.ADMIN, day(1), None), ("m", Role.MEMBER, day(2), day(3))], "m"),
        ([("a", Role.ADMIN, day(1), None)], ""),
        ([], ""),
    ],
)
def test_an_owner_is_an_admin_who_has_been_here(team, answer):
    assert ownership.suggest_for_ownership(team)[0] == answer
