"""Another look: partners ask for it, staff answer with a ruling whose reason every side reads (PRODUCT.md section 6).

Whatever is asked or ruled about one account is so one after the other: its own lock comes first, then sites and counts.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from partner_access import audit, mail
from partner_access.accounts import sign_ins
from partner_access.accounts.models import User
from partner_access.credit import deadlines
from partner_access.credit.attribution import decisions, open_disputes, source_credits
from partner_access.credit.clients import client_accounts, clients
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.disputes import rulings, summaries
from partner_access.credit.models import Client, ClientAccount, Dispute, DisputeSide
from partner_access.db import SYSTEM, acting, found, session
from partner_access.errors import Conflict, Invalid
from partner_access.keys import text
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import organizations
from partner_access.organizations.models import Organization
from partner_access.web.urls import absolute

LONGEST_OF_ALL = 6000
"""Characters that one side of a dispute may write in all; rulings.LONGEST is the most at once."""


# -- partners ---------------------------------------------------------------------------------------------------------


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
    account = client_accounts.survivor(account)
    rulings.lock_accounts(account)
    family = client_accounts.family(account)
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
    if client and client.is_credited:
        raise Conflict("This client is credited to you already.", code="credited-already")
    if refusal:
        raise Conflict(refusal, code="asked-before")
    if client is None:
        site = display_site(client_accounts.present_site(account))
        clients.open_view(account, "no-touch", company=site)
    return open_disputes.ensure_side(_open(account, org_id), account, asker=person)


def _open(account: ClientAccount, org_id: uuid.UUID) -> Dispute:
    """Whoever has the credit is asked too, and knows of the asker nothing but that there is one."""
    holder = source_credits.holder(account.id)
    return open_disputes.open_dispute(
        account, open_disputes.ANOTHER_LOOK, [holder] if holder and holder != org_id else []
    )


def _add(row: DisputeSide, person: User, words: str) -> None:
    said = row.words or ""
    if words in said.split("\n\n"):
        return
    together = f"{said}\n\n{words}" if said else words
    if len(together) > LONGEST_OF_ALL:
        raise Invalid(
            f"Your team has written {len(said):,} characters already. Keep this one to "
            f"{max(LONGEST_OF_ALL - len(said) - 2, 0):,}.", code="words-too-long", field="words",
        )  # fmt: skip
    row.words, row.asked_by, row.asker = together, row.asked_by or person.id, row.asker or person
    session().flush()


# -- staff ------------------------------------------------------------------------------------------------------------


def fetch(dispute_id: uuid.UUID) -> Dispute:
    """One dispute. Raises NotFound."""
    return found(session().scalar(select(Dispute).where(Dispute.id == dispute_id)))


def listing() -> Sequence[Dispute]:
    """The open disputes, in the order in which they are to be answered, so that what is overdue comes first."""
    statement = select(Dispute).where(Dispute.closed_at.is_(None)).order_by(Dispute.answer_by, Dispute.id)
    return session().scalars(statement).all()


def remind_due() -> int:
    """Remind staff, once, of the dispute that is overdue for longest; how many there were, 0 or 1."""
    due = deadlines.next_due(deadlines.DISPUTE)
    if due is None:
        return 0
    deadlines.clear(due.subject_id)
    dispute = fetch(due.subject_id)
    if dispute.closed_at is None:
        _remind(dispute, client_accounts.fetch(dispute.client_account_id))
    return 1


def _remind(dispute: Dispute, account: ClientAccount) -> None:
    with acting(SYSTEM):
        for person in sign_ins.staff():
            mail.queue(
                "review-overdue", person.email, company=account.company, site=display_site(account.site),
                answer_by=dispute.answer_by, dedupe=f"review-overdue:{dispute.id}:{person.id}",
                case_url=absolute("staff.case", kind=dispute.kind, item_id=dispute.id),
            )  # fmt: skip
