"""Codes that prove a mailbox: how often they may be tried, by many at once too."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from partner_access import signing
from partner_access.accounts import mailbox_codes
from partner_access.accounts.models import AccountRequest
from partner_access.db import session
from tests.portal import Portal
from tests.threads import at_once

SAM = "sam@acme.example"


@pytest.fixture
def asked(portal: Portal) -> AccountRequest:
    """A request whose code is 123456."""
    portal.ask(SAM)
    with portal.acting():
        row = session().scalars(select(AccountRequest)).one()
        row.code_fingerprint = signing.code_fingerprint("123456", str(row.id))
    return row


def tried(portal: Portal, row: AccountRequest, code: str) -> str:
    with portal.acting():
        return mailbox_codes.try_code(row, code, counted_as="code:sam")


@pytest.mark.parametrize(
    "code", ["123456", "123 456", " 123-456.", "code: 123456", "１２３ ４５６", "١٢٣٤٥٦", "1²23456"]
)
def test_a_code_is_read_in_any_spelling(portal: Portal, asked: AccountRequest, code: str) -> None:
    assert tried(portal, asked, code) == "right"


def test_of_many_who_try_at_once_five_are_compared(portal: Portal, asked: AccountRequest) -> None:
    outcomes = at_once(*[lambda: tried(portal, asked, "654321")] * 12)
    assert Counter(outcomes) == {"wrong": mailbox_codes.TRIES, "spent": 12 - mailbox_codes.TRIES}
    assert tried(portal, asked, "123456") == "spent"


def test_a_row_without_a_code_has_no_right_one(portal: Portal, asked: AccountRequest) -> None:
    asked.code_fingerprint = None
    assert {tried(portal, asked, code) for code in ("", "123456")} == {"wrong"}


def test_new_codes_do_not_start_the_day_anew(portal: Portal, asked: AccountRequest) -> None:
    def reset() -> None:
        with portal.acting():
            session().scalars(select(AccountRequest)).one().code_tries = 0

    outcomes = []
    for _ in range(mailbox_codes.TRIES_A_DAY + 2):
        reset()
        outcomes.append(tried(portal, asked, "654321"))
    assert Counter(outcomes) == {"wrong": mailbox_codes.TRIES_A_DAY, "spent": 2}
