"""Another look: partners ask for it, staff answer with a ruling whose reason every side reads (PRODUCT.md section 6).

Whatever is asked or ruled about one account is so one after the other: its own lock comes first, then sites and counts.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select

from partner_access import audit, mail
from partner_access.accounts import sign_ins
from partner_access.accounts.models import User
from partner_access.clock import day, now
from partner_access.credit import client_accounts, clients, decisions, managed, questions, reviews, sources
from partner_access.credit.models import Client, DisputeSide
from partner_access.credit.programme import ClientAccount, CreditDeadline, Dispute, Ruling
from partner_access.db import SYSTEM, Actor, acting, found, lock, session
from partner_access.errors import Conflict, Invalid
from partner_access.organizations import discretion, mergers, organizations
from partner_access.organizations.models import Organization
from partner_access.sites import display_site
from partner_access.urls import absolute

LONGEST = 2000
LONGEST_OF_ALL = 6000
"""Characters at once, and of one side of one question."""


def hold(*accounts: ClientAccount) -> None:
    """Let one transaction at a time ask or rule about these accounts, move or merge them."""
    for account_id in sorted(account.id for account in accounts):
        lock(f"client:{account_id}")


# -- partners ---------------------------------------------------------------------------------------------------------


def ask_again(client: Client, person: User, words: str) -> DisputeSide:
    """Ask staff for another look at a client of the bound organization, or add to what the team said. See ask_for."""
    account = client_accounts.fetch(client.client_account_id)
    return ask_for(account, organizations.fetch(client.org_id), person, words)


def ask_for(account: ClientAccount, org: Organization, person: User, words: str) -> DisputeSide:
    """Ask staff for another look for an organization, also one that had no part in the account so far.

    Of an account that was merged, the one that goes on is asked about. While a question is open, the words are added
    to it; the same ones twice are the same. Raises Invalid for words that cannot be kept, Conflict for a client that is
    the organization's already, or whose ruling was too long ago or was doubted once before.
    """
    words = _checked(words, field="words", missing="Write what we should know.")
    account = client_accounts.survivor(account)
    hold(account)
    decisions.prepare([account], orgs=[org.id])
    with acting(person.actor, org.id):
        row = reviews.open_side(account) or _begin(account, org.id, person)
        _add(row, person, words)
        audit.record("dispute.words_added", subject=row.client_id)
    return row


def _begin(account: ClientAccount, org_id: uuid.UUID, person: User) -> DisputeSide:
    client, refusal = clients.of_account(account.id), reviews.refusal(account, reviews.last_ruling(account))
    if client:
        session().refresh(client)
    if client and client.is_credited:
        raise Conflict("This client is credited to you already.", code="credited-already")
    if refusal:
        raise Conflict(refusal, code="asked-before")
    if client is None:
        site = display_site(client_accounts.present_site(account))
        clients.open_view(account, "no-touch", company=site)
    return questions.side(_open(account, org_id), account, asker=person)


def _open(account: ClientAccount, org_id: uuid.UUID) -> Dispute:
    """Whoever has the credit is asked too, and knows of the asker nothing but that there is one."""
    holder = sources.holder(account.id)
    return questions.ask(account, questions.KIND, [holder] if holder and holder != org_id else [])


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


def rule(
    asked: Dispute | ClientAccount, org_id: uuid.UUID | None, reason: str, staff: Actor, *, shown: str | None = None
) -> Ruling:
    """Staff decide who is credited for a client account, None for nobody, whether or not anybody asked.

    The reason is read by every side. Raises Invalid when it is missing or tells one side who another is, Conflict when
    somebody else has answered meanwhile. shown: id of the last ruling that whoever rules knows of, "" for none; without
    it, the one that there is now.
    """
    reason = _checked(reason, field="reason", missing="Give the reason; every side reads it.")
    org_id = mergers.survivor_id(org_id) if org_id else None
    account = client_accounts.fetch(asked.client_account_id) if isinstance(asked, Dispute) else asked
    account = client_accounts.survivor(account)
    seen = _id_of(reviews.last_ruling(account)) if shown is None else shown
    hold(account)
    dispute = questions.open_one(account.id)
    sides = set(questions.parties(dispute)) if dispute else set()
    decisions.prepare([account], orgs=sides | ({org_id} if org_id else set()))
    _check_still_open(asked, account, dispute, seen)
    readers = sides | decisions.had_a_part(account) | ({org_id} if org_id else set())
    known = readers | set(managed.with_a_part(account))
    discretion.check_names_none(reason, known if len(readers) > 1 else known - readers)
    with acting(staff):
        held = sources.holder(account.id)
        ruling = _write(account, dispute, org_id, reason, staff)
        decisions.again([account])
        if dispute:
            questions.close(dispute, reason, told=False)
        sources.activate_due(only=account)
        _tell(account, ruling, sides | {org for org in (held, org_id) if org})
    return ruling


def _write(
    account: ClientAccount, dispute: Dispute | None, org_id: uuid.UUID | None, reason: str, staff: Actor
) -> Ruling:
    """The ruling is a fact from now on; the question is closed first, so that deciding anew finds none to follow."""
    if dispute:
        dispute.closed_at = now()
    ruling = Ruling(
        client_account_id=account.id, org_id=org_id, reason=reason, decided_by=staff.user_id,
        dispute_id=dispute.id if dispute else None, at=now(),
    )  # fmt: skip
    session().add(ruling)
    session().flush()
    audit.record("ruling.made", subject=account.id, reason=dispute.kind if dispute else "unasked")
    return ruling


def _id_of(ruling: Ruling | None) -> str:
    return str(ruling.id) if ruling else ""


def _check_still_open(
    asked: Dispute | ClientAccount, account: ClientAccount, dispute: Dispute | None, seen: str
) -> None:
    last = reviews.last_ruling(account)
    is_asked = isinstance(asked, Dispute)
    is_newer = last is not None and (_id_of(last) != seen or (is_asked and last.dispute_id == asked.id))
    if not is_newer and (not is_asked or (dispute is not None and dispute.id == asked.id)):
        return
    if last is None or not is_newer:
        raise Conflict("The question fell away meanwhile. Look at the account again.", code="not-open")
    name = organizations.fetch(last.org_id).name if last.org_id else "nobody"
    by = session().scalar(select(User.name).where(User.id == last.decided_by)) if last.decided_by else None
    raise Conflict(
        f"{by or 'Another of the staff'} ruled on {day(last.at)}: credited to {name}. “{last.reason}”",
        code="ruled-meanwhile",
    )


def _tell(account: ClientAccount, ruling: Ruling, org_ids: Iterable[uuid.UUID]) -> None:
    """Mail every side, and whose credit came or went."""
    for org_id in sorted(set(org_ids)):
        with acting(clients.decider(), org_id):
            client = found(clients.of_account(account.id))
            row = next((row for row in questions.sides(client) if row.dispute_id == ruling.dispute_id), None)
            for person in questions.whom(client, row):
                mail.queue(
                    "ruling", person.email, reason=ruling.reason, ask_until=ruling.at + reviews.AGAIN_WITHIN,
                    dedupe=f"ruling:{ruling.id}:{client.id}:{person.id}", **questions.about(client),
                )  # fmt: skip


def fetch(dispute_id: uuid.UUID) -> Dispute:
    """One question. Raises NotFound."""
    return found(session().scalar(select(Dispute).where(Dispute.id == dispute_id)))


def listing() -> Sequence[Dispute]:
    """The open questions, in the order in which they are to be answered, so that what is overdue comes first."""
    statement = select(Dispute).where(Dispute.closed_at.is_(None)).order_by(Dispute.answer_by, Dispute.id)
    return session().scalars(statement).all()


def remind_due(*, most: int = 20) -> int:
    """Remind staff, once, of questions whose time to answer is over; how many there were. Run by the worker."""
    due = CreditDeadline.kind == questions.KIND, CreditDeadline.due_at <= now()
    ids = session().scalars(select(CreditDeadline.subject_id).where(*due).order_by(CreditDeadline.due_at).limit(most))
    taken = delete(CreditDeadline).where(CreditDeadline.subject_id.in_(ids.all())).returning(CreditDeadline.subject_id)
    overdue = session().scalars(taken).all()
    for dispute_id in overdue:
        dispute = fetch(dispute_id)
        if dispute.closed_at is None:
            _remind(dispute, client_accounts.fetch(dispute.client_account_id))
    return len(overdue)


def _remind(dispute: Dispute, account: ClientAccount) -> None:
    with acting(SYSTEM):
        for person in sign_ins.staff():
            mail.queue(
                "review-overdue", person.email, company=account.company, site=display_site(account.site),
                answer_by=dispute.answer_by, dedupe=f"review-overdue:{dispute.id}:{person.id}",
                case_url=absolute("staff.case", kind=dispute.kind, item_id=dispute.id),
            )  # fmt: skip


def _checked(text: str, *, field: str, missing: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid(missing, code=f"{field}-missing", field=field)
    if "\x00" in text:  # PostgreSQL cannot store it
        raise Invalid("This holds a sign that is no text. Type it again.", code="not-text", field=field)
    if len(text) > LONGEST:
        raise Invalid(f"Use {LONGEST:,} characters or fewer.", code=f"{field}-too-long", field=field)
    return text
