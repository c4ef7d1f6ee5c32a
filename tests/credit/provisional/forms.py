"""Clients who sign up from a partner's page, beneath the pages: the form, its mailbox, and what the vendor says."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from itertools import count

from sqlalchemy import select

from partner_access.credit.clients import client_accounts
from partner_access.credit.disputes import dispute_sides, disputes
from partner_access.credit.models import ClientAccount, ProvisionalSignUp
from partner_access.credit.provisional import confirmations, requests
from partner_access.credit.provisional.requests import BrowserGiven, FormGiven
from partner_access.credit.touchpoints import links, visits
from partner_access.db import found, session
from tests.credit.agencies import Agency
from tests.portal import Portal

OWN, FREE = "jo@client.example", "jo@gmail.com"
_numbers = count(1)


def send(
    agency: Agency,
    email: str = OWN,
    site: str = "client.example",
    *,
    without: bool = False,
    opened: Sequence[str] = (),
    partners: Sequence[uuid.UUID] = (),
) -> ProvisionalSignUp:
    """Somebody sends the form of an agency's primary link. opened: tokens of the visits in that browser."""
    given = FormGiven(f"form-{next(_numbers)}", "Client", site, email, "Jo", without)
    code = agency.link()
    with agency.portal.acting():
        tied = [found(visits.find(token)) for token in opened]
        link = found(links.find_code(code))
        return requests.ask(link, given, BrowserGiven("Firefox on Linux", tied, None, partners))


def row_of(portal: Portal, row: ProvisionalSignUp) -> ProvisionalSignUp:
    """As it is in the database now."""
    with portal.acting():
        return session().scalars(select(ProvisionalSignUp).where(ProvisionalSignUp.id == row.id)).one()


def confirm(portal: Portal, row: ProvisionalSignUp) -> None:
    """Whoever reads the mailbox confirms it."""
    with portal.acting():
        confirmations.confirm(session().get_one(ProvisionalSignUp, row.id), door="elsewhere")


def account(portal: Portal, external_id: str) -> ClientAccount | None:
    with portal.acting():
        return client_accounts.find(external_id)


def asked(portal: Portal, external_id: str) -> tuple[str, set[uuid.UUID]] | None:
    """The open dispute about an account: its kind and its sides."""
    with portal.acting():
        row = disputes.find_open(found(client_accounts.find(external_id)).id)
        return (row.kind, set(dispute_sides.parties(row))) if row else None


def credited(*agencies: Agency) -> dict[str, list[tuple[str, str]]]:
    """Every agency's clients, newest first: state and reason."""
    return {one.org.name: [(row.state, row.reason) for row in one.clients()] for one in agencies}
