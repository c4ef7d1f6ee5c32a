"""Who brought a client, as staff read it: the account, every organization's ladder, and what the rules answer."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from partner_access.clock import day
from partner_access.credit.attribution import decisions, signups
from partner_access.credit.clients import clients
from partner_access.credit.clients.client_accounts import Family
from partner_access.credit.disputes import dispute_sides
from partner_access.credit.insights import ladder, list_rows, patterns
from partner_access.credit.models import ClientAccount, Dispute, StoredDecision
from partner_access.credit.reasons import REASONS
from partner_access.credit.rules.decision import Decision
from partner_access.credit.rules.facts import Facts, VisitFact
from partner_access.credit.rulings import rulings
from partner_access.credit.touchpoints import visits
from partner_access.db import acting, scope
from partner_access.keys.sites import display_site
from partner_access.organizations.directory import organizations
from partner_access.staff.queue.cases import CaseSide, Choice

NOBODY = "nobody"
READERS = "Every side reads the reason, so name none of them: write “another partner”."
HOW = {"code": "the sign-up carried its code", "beside": "opened on {}, and named in another link’s form"}
BASES = {
    "lead": "for its lead", "behalf": "which created the account", "link": "for its link", "ruling": "by a ruling",
}  # fmt: skip


def choices(org_ids: Sequence[uuid.UUID]) -> list[Choice]:
    """Credit one of these organizations, or nobody."""
    credit = [Choice(str(org_id), f"Credit {organizations.fetch(org_id).name}") for org_id in org_ids]
    return [*credit, Choice(NOBODY, "Credit nobody")]


def chosen(choice: str) -> uuid.UUID | None:
    """The organization that a choice stands for, None for nobody."""
    return None if choice == NOBODY else uuid.UUID(choice)


def rules_sentence(stored: StoredDecision | None) -> str:
    """What the rules answer, and why, in a sentence."""
    if stored is None:
        return "No rule has decided this account."
    return f"The rules, version {stored.rule_version}, credit {outcome(decisions.restored(stored))}"


def by_the_rules(account: ClientAccount, family: Family) -> tuple[str, str]:
    """The choice that the rules alone give, whatever was ruled before, and why, in a sentence."""
    decision, last = decisions.without_rulings(account, family), rulings.latest(family)
    told = f"The rules, version {decision.version}, credit {outcome(decision)}"
    if last:
        told += f" So it was without the ruling of {day(last.at)}, which you may keep or change."
    return decision.winner or NOBODY, told


def outcome(decision: Decision) -> str:
    """Who is credited by a decision, and why."""
    if decision.winner:
        return f"{organizations.fetch(uuid.UUID(decision.winner)).name}, {BASES[decision.basis or '']}."
    found = next(row for row in decision.findings if row.code == decision.reason)
    slots = {"date": day(found.at), "until": day(found.until), "code": found.link, "who": ""}
    return f"nobody, {REASONS[decision.reason].sentence.format_map(slots)}"


def client(account: ClientAccount, family: Family, stored: StoredDecision | None) -> CaseSide:
    """The client that is decided about."""
    facts: list[tuple[str, str | datetime]] = [
        ("Account", account.external_id),
        ("Website", display_site(account.site)),
        ("Owner", account.email or "–"),
        ("Signed up", account.signed_up_at),
        ("Came through", signups.CAME_THROUGH[account.came_by]),
        ("Decided", stored.decided_at if stored else "Not yet"),
    ]
    last = rulings.latest(family)
    facts += patterns.of_account(account.id)
    if last:
        facts.append(("Ruled before", last.at))
    return CaseSide(f"The client: {account.company}", facts, words=last.reason if last else "")


def side(account: ClientAccount, dispute: Dispute | None, org_id: uuid.UUID) -> CaseSide:
    """The evidence of one organization, with what it wrote when it is a side of an open dispute."""
    org = organizations.fetch(org_id)
    with acting(scope().actor, org.id):
        row, asked = clients.of_account(account.id), dispute_sides.find_side(dispute) if dispute else None
        rungs = ladder.ladder(row, list_rows.submitters([row])) if row else ()
        read = list_rows.client_row(row, list_rows.submitters([row])) if row else None
    facts: list[tuple[str, str | datetime]] = [("As they read it", f"{read.short} {read.sentence}" if read else "–")]
    facts += [("Partner since", org.created_at), *_touches(account, org_id)]
    if asked and asked.asker:
        facts.append(("Asked by", asked.asker.name))
    return CaseSide(org.name, facts, rungs, (asked.words or "") if asked else "")


def _touches(account: ClientAccount, org_id: uuid.UUID) -> list[tuple[str, str | datetime]]:
    """Everything by which an organization may have brought the client, with its dates, whether or not it counted."""
    stored = decisions.latest(account)
    known = Facts.from_json(stored.facts) if stored else None
    if known is None:
        return []
    is_mine = {org.id for org in known.orgs if known.survivor(org.id) == str(org_id)}
    told: list[tuple[str, str | datetime]] = []
    for lead in known.leads:
        held = f"held {day(lead.held_from)} to {day(lead.held_until)}" if lead.held_from else "in the queue"
        over = f", withdrawn on {day(lead.ended_at)}" if lead.ended_at else ""
        told += [("Lead", f"Registered on {day(lead.submitted_at)}, {held}{over}")] if lead.org in is_mine else []
    told += _links([visit for visit in known.visits if visit.org in is_mine])
    if is_mine.intersection(known.partner_browsers):
        told.append(
            ("Own browser", "Somebody of this team was signed in where the client signed up, or had been lately")
        )
    if known.created_for in is_mine:
        told.append(("Created the account", account.signed_up_at))
    return told


def _links(opened: Sequence[VisitFact]) -> list[tuple[str, str | datetime]]:
    """Each opening, with what it left as evidence for as long as visits are kept."""
    rows = visits.of_numbers(fact.number for fact in opened if fact.number)
    kept = {(row.number, row.opened_at): row for row in rows}  # where all visits are gone, SQLite counts anew
    told: list[tuple[str, str | datetime]] = []
    for fact in opened:
        how = HOW.get(fact.how, "opened on {}").format(day(fact.opened_at))
        row = kept.get((fact.number or 0, fact.opened_at))
        left = patterns.opening(row) if row else ""
        told.append(("Link", f"“{fact.code}”, {how}{left}"))
    return told
