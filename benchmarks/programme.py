"""A programme of any size, as rows: organizations with people, links, leads, visits, sign-ups, ledgers and audit logs.

Every row is what the portal would have written: a client account every so many seconds through half a year, decided by
the rules, its credit active a day later, each organization's ledger chained line by line. Organizations are as large
as Zipf says, but for the first, which has a stated share of all accounts.
"""

from __future__ import annotations

import json
import random
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate, count

from benchmarks import histories
from benchmarks.bulk import Writer
from benchmarks.names import Names
from partner_access.audit import kinds
from partner_access.credit.rules.settings import Rules
from partner_access.seals import digests

COLUMNS = {
    "organization": "id slug name website created_at owners_look_at default_policy",
    "portal_user": "id name email email_key password_hash password_changed_at proved_at",
    "application": "id user_id domain domain_is_public org_name created_at completed_at decided_at outcome org_id",
    "domain_dispute": "id domain org_id opened_at decided_at outcome",
    "membership": "org_id id user_id role provenance via created_at",
    "own_name": "id org_id kind name since",
    "domain": "name org_id proof policy include_subdomains proved_at",
    "domain_claim": "org_id id name token created_at",
    "org_totals": "org_id id entries pending active managed declined leads live_leads head month",
    "ledger_month": "org_id id month kind first_seq lines late pending active managed",
    "referral_code": "code org_id lead_id visits",
    "referral_link": "org_id id code label is_primary lead_id created_by created_at",
    "visit": "number opened_at org_id code token_fingerprint browser_fingerprint names_source",
    "visit_day": "org_id day visits",
    "lead": "org_id id company website site submitted_by submitted_at held_from held_until ended_at end_reason",
    "site_hold": "lead_id number org_id site submitted_at held_from held_until ended_at end_reason passed_on",
    "client_account": "id external_id company website site email email_domain signed_up_at is_day referral came_by"
    " received_at named_at taken_at",
    "client_site": "client_account_id site since",
    "decision": "id number client_account_id winner_id basis reason rule_version facts findings decided_at",
    "source_credit": "client_account_id org_id decision_id state hold_until",
    "client": "org_id id client_account_id company site signed_up_at is_day decided_at state basis reason hold_until"
    " active_from managed managed_at managed_reason lead_id rule_version trace",
    "managed_claim": "org_id id client_id client_account_id claimed_by claimed_at asked_at answer_by reminders state"
    " confirmed_by active_from",
    "managed_seat": "client_account_id org_id claim_id since",
    "credit_entry": "org_id id seq at effective_at signed_up_at kind client_id client_account_id company site salt"
    " texts basis reason"
    " pending active managed"
    " pending_after active_after managed_after actor_kind actor_id reverses ruling_id previous_hash hash",
    "org_event": "org_id id at event kind actor_kind actor_id subject_id reason fields",
}
"""Table -> the columns of its rows here; the others are empty."""
DAY, SPAN, FOUNDED_BEFORE = 86_400, 180 * 86_400, 400 * 86_400
VISITS = 2
"""Openings of a link that lead to no sign-up, for each account."""
PEOPLE = (("Olga Owner", "owner"), ("Adam Admin", "admin"), ("Mia Member", "member"))


@dataclass
class Org:
    """What is known of one organization while its rows are written."""

    id: str
    number: int
    link: str
    people: list[str]
    text: str = ""
    seq: int = 0
    head: str = digests.GENESIS
    counts: list[int] = field(default_factory=lambda: [0, 0, 0])
    declined: int = 0
    leads: int = 0
    live_leads: int = 0
    visits: Counter[str] = field(default_factory=Counter)
    months: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    @property
    def own(self) -> str:
        return f"agency-{self.number}.example"


@dataclass(frozen=True)
class Activation:
    """What happens a day after a sign-up: its credit becomes active, and some accounts are managed from then on."""

    at: int
    told: Told
    org: Org
    client: str
    history: histories.History
    claim: str


class Programme:
    """Writes the rows of so many accounts, the newest of which signed up just before `end`."""

    def __init__(self, writer: Writer, names: Names, rules: Rules, end: datetime) -> None:
        self._writer, self._names, self._rules = writer, names, rules
        self._add = {table: writer.add(table) for table in COLUMNS}
        self._end, self._random = int(end.timestamp()), random.Random(1)
        self._serial, self._sites = count(1), count()
        self._due: deque[Activation] = deque()
        self._orgs: list[Org] = []
        self._share = 0.0

    def write(self, accounts: int, share: float, password_hash: str) -> None:
        """All of it. share: of the accounts that are the first organization's."""
        founded = self._end - SPAN - FOUNDED_BEFORE
        self._share = share
        self._orgs = [self._found(number, founded, password_hash) for number in range(max(10, accounts // 100))]
        weights = list(accumulate(1 / rank for rank in range(1, len(self._orgs))))
        first, *others = self._orgs
        for number in range(accounts):
            at = self._end - SPAN + (number + 1) * (SPAN - 60) // accounts
            self._activate(at)
            is_firsts = int((number + 1) * share) > int(number * share)
            org = first if is_firsts else self._random.choices(others, cum_weights=weights)[0]
            self._sign_up(number, at, org, self._kind(is_firsts))
            if self._random.random() < 0.25:
                self._lead_without_sign_up(org, at)
            for opened in range(VISITS):
                self._visit(org, at - opened * 1800 - 5)
            self._writer.flush(least=100_000)
        self._activate(self._end)
        for org in self._orgs:
            self._close(org)
        self._writer.highest = next(self._serial)

    def _kind(self, is_firsts: bool) -> str:
        chance = self._random.random()
        if not is_firsts and chance < 0.22:
            return "nobody"
        return "lead" if chance < 0.45 else "two-links" if chance < 0.53 else "link"

    def _another(self, org: Org) -> Org | None:
        """Whose link was opened before; the first organization's as often as its share says."""
        is_firsts = self._random.random() < self._share
        other = self._orgs[0 if is_firsts else self._random.randrange(1, len(self._orgs))]
        return None if other is org else other

    # -- organizations ---------------------------------------------------------------------------------------------

    def _found(self, number: int, at: int, password_hash: str) -> Org:
        org = Org(self._id(at), number, f"agency-{number}", [])
        when = _sql(at)
        self._add["organization"]((org.id, org.link, f"Agency {number}", org.own, when, None, "request"))
        for kind in ("website", "domain"):
            self._add["own_name"]((self._id(at), org.id, kind, org.own, when))
        self._add["domain"]((org.own, org.id, "staff", "request", 0, when))
        self._add["domain_claim"]((org.id, self._id(at), org.own, f"token-{number}", when))
        founded = {"slug": org.link, "domain": org.own, "policy": "request"}
        self._event(org, at, "organization.founded", "staff", None, org.id, "approved", founded)
        for name, role in PEOPLE:
            person, member, email = self._id(at), self._id(at), f"{name.split()[0].lower()}@{org.own}"
            org.people.append(person)
            self._add["portal_user"]((person, name, email, email, password_hash, when, when))
            self._add["membership"]((org.id, member, person, role, "staff", org.own, when))
            created = {"role": role, "provenance": "staff", "domain": org.own}
            self._event(org, at, "membership.created", "system", None, member, "staff", created)
        self._apply(org, at)
        self._link(org, at, org.link, "Referral link")
        org.text = _dashed(org.id)
        return org

    def _apply(self, org: Org, at: int) -> None:
        """How it came to be founded; one in twenty has had a question about its domain."""
        when = _sql(at)
        asked = (org.people[0], org.own, 0, f"Agency {org.number}", when, when, when)
        self._add["application"]((self._id(at), *asked, "approved", org.id))
        if org.number % 20 == 0:
            self._add["domain_dispute"]((self._id(at), org.own, org.id, when, when, "holder"))

    def _link(self, org: Org, at: int, code: str, label: str, lead: str | None = None) -> None:
        link, by = self._id(at), org.people[0]
        if lead:  # the code of the primary link is written at the end, when its visits are counted
            self._add["referral_code"]((code, org.id, lead, 0))
        self._add["referral_link"]((org.id, link, code, label, int(not lead), lead, by, _sql(at)))
        self._event(org, at, "referral_link.created", "person", by, link, None, {"code": code, "label": label})

    def _close(self, org: Org) -> None:
        counts = org.seq, *org.counts, org.declined, org.leads, org.live_leads
        newest = max(month for month, _ in org.months) if org.months else None
        self._add["org_totals"]((org.id, org.id, *counts, org.head if org.seq else "", newest))
        for key, sums in org.months.items():
            self._add["ledger_month"]((org.id, self._id(self._end), *key, *sums))
        self._add["referral_code"]((org.link, org.id, None, org.visits.total()))
        for day, visits in org.visits.items():
            self._add["visit_day"]((org.id, day, visits))

    # -- what ties a client to one ---------------------------------------------------------------------------------

    def _visit(self, org: Org, at: int) -> tuple[str, int]:
        """What facts call it, and its place among all."""
        number, when = next(self._serial), _sql(at)
        org.visits[when[:10]] += 1
        fingerprint = number.to_bytes(16)
        self._add["visit"]((number, when, org.id, org.link, fingerprint, fingerprint, 0))
        return str(number), number

    def _lead(self, org: Org, at: int, site: str, company: str, ended: tuple[int, str] | None) -> tuple[str, int]:
        lead, by, until = self._id(at), org.people[self._random.randrange(3)], at + self._rules.lead_days * DAY
        when, ends, reason = _sql(at), _sql(ended[0]) if ended else None, ended[1] if ended else None
        held = (site, when, when, _sql(until), ends, reason)
        self._add["lead"]((org.id, lead, company, site, site, by, *held[1:]))
        number = next(self._serial)
        self._add["site_hold"]((lead, number, org.id, *held, "[]"))
        org.leads, org.live_leads = org.leads + 1, org.live_leads + (ended is None)
        self._event(org, at, "lead.submitted", "person", by, lead, None, {"site": site, "queued": False})
        self._link(org, at, f"x{next(self._serial):09d}", company, lead)
        if ended:
            self._event(org, ended[0], f"lead.{reason}", "system", None, lead, reason, {"site": site})
        return lead, number

    def _lead_without_sign_up(self, org: Org, at: int) -> None:
        until = at + self._rules.lead_days * DAY
        site, company = self._names.site(next(self._sites))
        self._lead(org, at, site, company, (until, "expired") if until < self._end else None)

    # -- sign-ups --------------------------------------------------------------------------------------------------

    def _sign_up(self, number: int, at: int, org: Org, kind: str) -> None:
        history = histories.of(kind, self._rules)
        site, company = self._names.site(next(self._sites))
        account, decision, when, heard = self._id(at), self._id(at), _sql(at), _sql(at + 2)
        external_id, winner = f"bench-{number:09d}", None if kind == "nobody" else org
        other = self._another(org) if kind == "two-links" else None
        if kind == "two-links" and other is None:
            history = histories.of("link", self._rules)
        known = (account, external_id, company, f"https://www.{site}/", site, f"owner@{site}", site)
        self._add["client_account"]((*known, when, 0, None, "csv", heard, heard, when))
        self._add["client_site"]((account, site, when))
        touched = at - self._random.randrange(1, 60 * DAY)
        slots = {"site": site, "signed_up": _json(at)}
        lead = None
        if other:  # before the other one, as its number says
            slots |= self._touch_before(other, touched - 2 * DAY)
        if winner:
            lead = self._lead(org, touched, site, company, (at, "won")) if history.basis == "lead" else None
            slots |= self._touch(org, touched, lead)
        by = winner.id if winner else None
        found = history.facts % slots, history.findings % slots
        self._add["decision"](
            (decision, next(self._serial), account, by, history.basis, history.reason, 1, *found, heard)
        )
        told = Told(at, account, company, site, external_id)
        if winner:
            self._credit(winner, told, history, decision, lead and lead[0], history.trace % slots)
        if other:
            self._decline(other, told, history, history.other_trace % slots)

    def _touch(self, org: Org, at: int, lead: tuple[str, int] | None) -> dict[str, str]:
        (touch, number), days = lead or self._visit(org, at), self._rules.lead_days if lead else self._rules.window_days
        slots = {"org": org.text, "own": org.own, "founded": _json(self._end - SPAN - FOUNDED_BEFORE)}
        return slots | {
            "touch": _dashed(touch) if lead else touch, "number": str(number), "code": org.link,
            "touched": _json(at), "until": _json(at + days * DAY),
        }  # fmt: skip

    def _touch_before(self, org: Org, at: int) -> dict[str, str]:
        until = _json(at + self._rules.window_days * DAY)
        visit, number = self._visit(org, at)
        slots = {"touch2": visit, "number2": str(number), "code2": org.link, "until2": until}
        return slots | {"touched2": _json(at)} | {"other": org.text, "own2": org.own}

    def _credit(
        self, org: Org, told: Told, history: histories.History, decision: str, lead: str | None, trace: str
    ) -> None:
        client, hold = self._id(told.at), told.at + self._rules.hold_hours * 3600
        is_active = hold < self._end
        claim = self._id(told.at) if is_active and self._random.random() < 0.08 else ""
        state, since = ("active", _sql(hold)) if is_active else ("pending", None)
        managed = ("active", _sql(hold), "managed-confirmed") if claim else (None, None, None)
        self._add["source_credit"]((told.account, org.id, decision, state, _sql(hold)))
        credited = (state, history.basis, history.reason, _sql(hold), since, *managed, lead, 1, trace)
        self._add["client"]((org.id, client, *told.shown, *credited))
        decided = {"external_id": told.external_id, "basis": history.basis}
        self._event(org, told.at + 2, "credit.decided", "system", None, client, history.reason, decided)
        self._post(org, told.at + 2, "pending", client, told, history.basis, history.reason, (1, 0, 0))
        self._due.append(Activation(hold, told, org, client, history, claim))

    def _decline(self, org: Org, told: Told, history: histories.History, trace: str) -> None:
        client, reason = self._id(told.at), history.other_reason
        refused = ("declined", None, reason, None, None, None, None, None, None, 1, trace)
        self._add["client"]((org.id, client, *told.shown, *refused))
        org.declined += 1
        decided = {"external_id": told.external_id, "basis": None}
        self._event(org, told.at + 2, "credit.decided", "system", None, client, reason, decided)

    # -- the ledger ------------------------------------------------------------------------------------------------

    def _activate(self, until: int) -> None:
        """What is due before a moment, in the order of time, so that every ledger is."""
        while self._due and self._due[0].at < until:
            due = self._due.popleft()
            org, at, client = due.org, due.at, due.client
            basis, reason = due.history.basis, due.history.reason
            self._post(org, at, "activated", client, due.told, basis, reason, (-1, 1, 0))
            self._event(org, at, "credit.activated", "system", None, client, reason, {})
            if due.claim:
                self._manage(due)

    def _manage(self, due: Activation) -> None:
        org, when, asked = due.org, _sql(due.at), _sql(due.at - DAY // 2)
        claim = (due.claim, due.client, due.told.account, org.people[0], asked, asked, _sql(due.at + 13 * DAY))
        self._add["managed_claim"]((org.id, *claim, 0, "active", "client", when))
        self._add["managed_seat"]((due.told.account, org.id, due.claim, when))
        made, confirmed = ("managed_claim.made", "managed-asked"), ("managed_claim.confirmed", "managed-confirmed")
        self._event(org, due.at - DAY // 2, made[0], "person", org.people[0], due.client, made[1], {})
        self._post(org, due.at, "managed", due.client, due.told, "managed", confirmed[1], (0, 0, 1))
        self._event(org, due.at, confirmed[0], "client", None, due.client, confirmed[1], {})

    def _post(
        self, org: Org, at: int, kind: str, client: str, of: Told, basis: str | None, reason: str,
        change: tuple[int, int, int],
    ) -> None:  # fmt: skip
        entry, account, signed_up, salt = self._id(at), of.account, of.at, f"{self._random.getrandbits(128):032x}"
        texts = digests.of_texts(salt, {"company": of.company, "site": of.site})
        org.seq += 1
        org.counts = [before + more for before, more in zip(org.counts, change, strict=True)]
        actor = "client" if kind == "managed" else "system"
        digest = digests.digest({
            "org_id": org.text, "id": _dashed(entry), "seq": org.seq, "at": _json(at), "effective_at": _json(at),
            "signed_up_at": _json(signed_up), "kind": kind,
            "client_id": _dashed(client), "client_account_id": _dashed(account), "texts": texts,
            "basis": basis, "reason": reason,
            "pending": change[0], "active": change[1], "managed": change[2], "pending_after": org.counts[0],
            "active_after": org.counts[1], "managed_after": org.counts[2], "actor_kind": actor, "actor_id": None,
            "reverses": None, "ruling_id": None, "previous_hash": org.head,
        })  # fmt: skip
        told = (
            kind, client, account, of.company, of.site, salt, texts, basis, reason, *change, *org.counts, actor,
            None, None, None, org.head, digest,
        )  # fmt: skip
        self._add["credit_entry"]((org.id, entry, org.seq, _sql(at), _sql(at), _sql(signed_up), *told))
        org.head = digest
        sums = org.months.setdefault((f"{_sql(at)[:7]}-01 00:00:00.000000", kind), [org.seq, 0, 0, 0, 0, 0])
        sums[1:] = [before + more for before, more in zip(sums[1:], (1, 0, *change), strict=True)]
        self._event(org, at, "ledger.posted", actor, None, client, None, {"seq": org.seq, "hash": digest})

    def _event(
        self, org: Org, at: int, event: str, actor: str, person: str | None, subject: str, reason: str | None,
        fields: dict[str, object],
    ) -> None:  # fmt: skip
        told = (event, kinds.OF_ORG.get(event), actor, person, subject, reason, _encode(fields))
        self._add["org_event"]((org.id, self._id(at), _sql(at), *told))

    def _id(self, at: int) -> str:
        """A UUIDv7 of a moment, as hex: in order of time, and then of being made."""
        number = next(self._serial)
        return f"{at * 1000:012x}70008{number:015x}"


@dataclass(frozen=True)
class Told:
    """What every organization with a part in a sign-up reads of it."""

    at: int
    account: str
    company: str
    site: str
    external_id: str

    @property
    def shown(self) -> tuple[str | int, ...]:
        return self.account, self.company, self.site, _sql(self.at), 0, _sql(self.at + 2)


_encode = json.JSONEncoder().encode
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (its text goes to the database, which takes it as UTC)


@lru_cache(maxsize=1024)
def _sql(at: int) -> str:
    """A moment as both databases take it."""
    return (EPOCH + timedelta(seconds=at)).isoformat(" ") + ".000000"


@lru_cache(maxsize=1024)
def _json(at: int) -> str:
    """A moment as facts and the ledger's digests have it."""
    return (EPOCH + timedelta(seconds=at)).isoformat() + "+00:00"


def _dashed(key: str) -> str:
    return f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"


def end_of(now: datetime) -> datetime:
    """When the newest of it happened: the last full minute."""
    return now.replace(second=0, microsecond=0) - timedelta(minutes=1)
