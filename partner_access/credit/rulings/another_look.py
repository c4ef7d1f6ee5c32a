"""Another look: a partner raises a dispute about a client that is not credited to it, or adds to what it wrote."""

from __future__ import annotations

import uuid

from partner_access import audit
from partner_access.accounts.models import User
from partner_access.credit.attribution import decisions, source_credits
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.disputes import dispute_sides, disputes
from partner_access.credit.models import Client, ClientAccount, Dispute, DisputeSide
from partner_access.credit.rulings import rulings, summaries
from partner_access.db import acting, session
from partner_access.errors import Conflict, Invalid
from partner_access.keys import text
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import organizations
from partner_access.organizations.models import Organization

LONGEST_OF_ALL = 6000
"""Characters that one side of a dispute may write in all; rulings.LONGEST is the most at once."""


def raise_for_client(client: Client, person: User, words: str) -> DisputeSide:
    """Raise a dispute about a client of the bound organization, or add to the open one; see raise_dispute()."""
    account = client_accounts.fetch(client.client_account_id)
    return raise_dispute(account, organizations.fetch(client.org_id), person, words)


def raise_dispute(account: ClientAccount, org: Organization, person: User, words: str) -> DisputeSide:
    """Ask staff for another look for an organization, also one that had no part in the account so far.

    Of an account that was merged, the one that goes on is asked about. While a dispute is open, the words are added
    to it; the same ones twice are the same. Raises Invalid for words that cannot be kept, Conflict for a client that is
    the organization's already, or whose ruling was too long ago or was doubted once before.
    """
    words = text.checked(words.strip(), "words", rulings.LONGEST, missing="Write what we should know.")
    family = rulings.lock_family(account)
    account = family.head
    decisions.prepare([family], orgs=[org.id])
    with acting(person.actor, org.id):
        row = summaries.open_side(account) or _begin(family, org.id, person)
        _add(row, person, words)
        audit.record("dispute.words_added", subject=row.client_id)
    return row


def _begin(family: Family, org_id: uuid.UUID, person: User) -> DisputeSide:
    account = family.head
    client, refusal = clients.of_account(account.id), summaries.why_not_again(account, rulings.latest(family))
    if client:
        session().refresh(client)
    if client and client.is_won:
        raise Conflict("This client is credited to you already.", code="credited-already")
    if refusal:
        raise Conflict(refusal, code="asked-before")
    if client is None:
        site = display_site(client_accounts.present_site(account))
        clients.open_view(account, "no-touch", company=site)
    return dispute_sides.open_side(_open(account, org_id), account, asker=person)


def _open(account: ClientAccount, org_id: uuid.UUID) -> Dispute:
    """Whoever has the credit is asked too, and knows of the asker nothing but that there is one."""
    holder = source_credits.holder(account.id)
    return disputes.open_dispute(account, dispute_sides.ANOTHER_LOOK, [holder] if holder and holder != org_id else [])


def _add(row: DisputeSide, person: User, words: str) -> None:
    said = row.words or ""
    if words in said.split("\n\n"):
        return
    together = f"{said}\n\n{words}" if said else words
    if len(together) > LONGEST_OF_ALL:
        raise Invalid(
            f"Your team has written {len(said):,} characters already. Keep this one to "
            f"{max(LONGEST_OF_ALL - len(said) - 2, 0):,}.",
            code="words-too-long",
            field="words",
        )
    row.words, row.asked_by, row.asker = together, row.asked_by or person.id, row.asker or person
    session().flush()
