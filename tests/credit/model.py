"""The rules of credit once more, in plain Python and as short as they can be said: what the portal is held against.

It keeps everything in lists, in the order in which it happened, which no clock can change, and looks at all of it each
time. Times are aware; organizations are told by their names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Rules:
    """What staff have set: how long a click counts and a lead holds its site, which of them comes first, and how long
    one cannot register a site again that it let go."""

    window: timedelta = timedelta(days=90)
    term: timedelta = timedelta(days=90)
    link_first: bool = False
    first_click: bool = False
    comeback: timedelta | None = None
    cooldown: timedelta = timedelta(days=30)


@dataclass(eq=False)
class Lead:
    """It goes by the rules under which it was registered."""

    org: str
    site: str
    submitted: datetime
    term: timedelta
    cooldown: timedelta
    held_from: datetime | None = None
    held_until: datetime | None = None
    withdrawn: datetime | None = None
    expired: datetime | None = None
    over: bool = False
    renewed: bool = False
    terms: list[tuple[datetime, datetime]] = field(default_factory=list)

    def is_over_at(self, at: datetime) -> bool:
        return any(end is not None and end <= at for end in (self.held_until, self.withdrawn))

    def held(self, at: datetime) -> bool:
        """terms: those that it had before it stood in line again."""
        if self.submitted >= at or (self.withdrawn and self.withdrawn <= at):
            return False
        last = [(self.held_from, self.held_until)] if self.held_from and self.held_until else []
        return any(since <= at < until for since, until in [*self.terms, *last])

    @property
    def let_go(self) -> datetime | None:
        return self.expired or self.withdrawn


@dataclass(eq=False)
class Opening:
    """A link that was opened; with the lead whose own link it was."""

    number: int
    org: str
    at: datetime
    lead: Lead | None


@dataclass(eq=False)
class Own:
    """A website or domain that was an organization's own from one time until another."""

    org: str
    name: str
    since: datetime
    until: datetime | None = None


@dataclass(eq=False)
class Account:
    """A sign-up. domain: of the owner's address; rulings: (which one of all, for whom); events: (when, whether the
    client came back).

    mailbox: `own` at the site's domain or `elsewhere`, of a sign-up from the portal's own form; without: whom it
    refused.
    """

    key: str
    site: str
    at: datetime
    visits: list[Opening] = field(default_factory=list)
    domain: str | None = None
    created_for: str | None = None
    accepted: bool = False
    known: bool = False
    rulings: list[tuple[int, str | None]] = field(default_factory=list)
    merged_into: Account | None = None
    merged_at: datetime | None = None
    events: set[tuple[datetime, bool]] = field(default_factory=set)
    mailbox: str | None = None
    named: bool = True
    taken: datetime | None = None
    without: str | None = None

    @property
    def is_limited(self) -> bool:
        """A form that was confirmed from a mailbox elsewhere, of an account that the vendor has not named."""
        return self.mailbox == "elsewhere" and not self.named

    @property
    def place(self) -> tuple[datetime, str]:
        """What orders accounts of a site."""
        return self.taken or self.at, self.key

    @property
    def age(self) -> tuple[datetime, str]:
        return self.at, self.key


@dataclass
class Programme:
    """Everything that happened. began: since when somebody manages an account, or waits to."""

    leads: list[Lead] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    forms: list[Account] = field(default_factory=list)
    seats: dict[Account, str] = field(default_factory=dict)
    claims: set[tuple[str, Account]] = field(default_factory=set)
    began: dict[tuple[str, Account], datetime] = field(default_factory=dict)
    changes: list[tuple[datetime, Rules]] = field(default_factory=list)
    absorbed: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    owned: list[Own] = field(default_factory=list)
    pauses: list[Own] = field(default_factory=list)

    def rules(self, at: datetime) -> Rules:
        """Those that were saved last by then."""
        return next((rules for since, rules in reversed(self.changes) if since <= at), Rules())

    def heir(self, org: str) -> str:
        """Who goes on for an organization."""
        return self.heir(self.absorbed[org][0]) if org in self.absorbed else org

    def then(self, org: str, at: datetime) -> str:
        """Who an organization was at a time."""
        into = self.absorbed.get(org)
        return self.then(into[0], at) if into and into[1] <= at else org

    def begin(self, org: str, name: str, now: datetime) -> None:
        """Something is an organization's own from now on."""
        if not self.has_now(org, name):
            self.owned.append(Own(org, name, now))

    def end(self, org: str, name: str, now: datetime) -> None:
        for own in self.owned:
            if (own.org, own.name, own.until) == (org, name, None):
                own.until = now

    def has_now(self, org: str, name: str) -> bool:
        return any((own.org, own.name, own.until) == (org, name, None) for own in self.owned)

    def owns(self, org: str, name: str | None, at: datetime) -> bool:
        """Whether something was an organization's own at a time, or had been within the window before."""
        window = self.rules(at).window
        rows = [own for own in self.owned if (own.org, own.name) == (org, name) and own.since <= at]
        return any(own.until is None or at < own.until + window for own in rows)

    def is_paused(self, org: str, at: datetime) -> bool:
        rows = [row for row in self.pauses if row.org == org and row.since <= at]
        return any(row.until is None or at < row.until for row in rows)

    def pause(self, org: str) -> Own | None:
        """The pause that lasts, if the organization or who goes on for it is paused now."""
        heir = self.heir(org)
        return next((row for row in self.pauses if row.org == heir and row.until is None), None)

    def pause_or_resume(self, org: str, now: datetime) -> None:
        self._settle_all(now)
        lasting = self.pause(org)
        if lasting:
            lasting.until = now
        else:
            self.pauses.append(Own(org, "", now))
        self._settle_all(now)

    def _settle_all(self, now: datetime) -> None:
        for site in {lead.site for lead in self.leads}:
            self.settle(site, now)

    def absorb(self, gone: str, stays: str, now: datetime) -> None:
        """One organization becomes part of another; of two live leads for a site the one that waits ends."""
        self._settle_all(now)
        self.absorbed[gone] = stays, now
        for own in [own for own in self.owned if own.org == gone]:
            if own.until is None:
                self.begin(stays, own.name, now)
                own.until = now
            else:
                self.owned.append(Own(stays, own.name, now, own.until))
        for site in {lead.site for lead in self.leads}:
            both = [lead for lead in self.live(site) if self.heir(lead.org) == stays]
            for lead in sorted(both, key=lambda lead: lead.held_from is None)[1:]:
                lead.over, lead.withdrawn = True, now
        self._settle_all(now)
        for (org, account), since in list(self.began.items()):
            is_ours = org == gone and (self.seats.get(account) == gone or (stays, account) not in self.live_claims())
            if is_ours:
                self.began[stays, account] = since
        for account, manager in self.seats.items():
            self.claims -= {(stays, account)} if manager == gone else {(gone, account)} if manager == stays else set()
            self.seats[account] = self.heir(manager)
        self.claims = {(self.heir(org), account) for org, account in self.claims}

    def live_claims(self) -> set[tuple[str, Account]]:
        return self.claims | {(org, account) for account, org in self.seats.items()}

    def live(self, site: str) -> list[Lead]:
        return [lead for lead in self.leads if lead.site == site and not lead.over]

    def settle(self, site: str, now: datetime) -> None:
        """Holds end when they are due, and who waited longest follows then; no paused one is waited for."""
        free_since = now
        while True:
            holder = next((lead for lead in self.live(site) if lead.held_from), None)
            ready = [lead for lead in self.live(site) if not lead.held_from]
            ready = [lead for lead in ready if not self.pause(lead.org)]
            if holder and holder.held_from and holder.held_until:
                paused = self.pause(holder.org)
                if holder.held_until <= now:
                    holder.over, holder.expired, free_since = True, holder.held_until, holder.held_until
                elif paused and ready:
                    free_since = max(paused.since, ready[0].submitted)
                    holder.terms.append((holder.held_from, free_since))
                    holder.held_from = holder.held_until = None
                else:
                    return
            if not ready:
                return
            ready[0].held_from, ready[0].held_until = free_since, free_since + ready[0].term

    def cools(self, org: str, site: str, now: datetime) -> bool:
        """Whether a site was let go by an organization so lately that it cannot register it again."""
        own = [(lead, lead.let_go) for lead in self.leads if lead.site == site and self.heir(lead.org) == org]
        recent = [(lead, end) for lead, end in own if end and end + lead.cooldown > now]
        had = sum((end - lead.submitted for lead, end in recent if not lead.expired), timedelta())
        return had > timedelta(days=7) or any(lead.expired for lead, _ in recent)

    def is_client(self, site: str) -> bool:
        return any(account.known and not account.is_limited and account.site == site for account in self.accounts)

    def submit(self, org: str, site: str, now: datetime) -> Lead | None:
        """The lead, or None when the site is a client's or the team's own, or the team has registered it, or let it go
        lately."""
        self.settle(site, now)
        has_one = any(self.heir(lead.org) == org for lead in self.live(site))
        if self.is_client(site) or self.has_now(org, site) or has_one:
            return None
        if self.cools(org, site, now):
            return None
        lead = Lead(org, site, now, self.rules(now).term, self.rules(now).cooldown)
        if not any(other.held_from for other in self.live(site)):
            lead.held_from, lead.held_until = now, now + lead.term
        self.leads.append(lead)
        self.settle(site, now)
        return lead

    def withdraw(self, lead: Lead, now: datetime) -> None:
        self.settle(lead.site, now)
        if not lead.over:
            lead.over, lead.withdrawn = True, now
            self.settle(lead.site, now)

    def renew(self, lead: Lead, now: datetime) -> None:
        self.settle(lead.site, now)
        if not lead.over and lead.held_until and not lead.renewed:
            lead.renewed, lead.held_until = True, lead.held_until + lead.term

    def deliver(self, account: Account, now: datetime) -> None:
        if account.known:
            return
        account.known = True
        self._take(account, now)

    def name(self, account: Account, now: datetime) -> None:
        """The vendor tells of an account that a form began, perhaps before its mailbox was proved."""
        account.known, account.named, account.taken = True, True, min(account.taken or now, now)
        self._take(account, now)

    def _take(self, account: Account, now: datetime) -> None:
        """Its site is a client's from now on, and every lead for it is over, unless it takes nothing."""
        for site in {account.site, *(opening.lead.site for opening in account.visits if opening.lead)}:
            self.settle(site, now)
        for lead in self.live(account.site) if not account.is_limited else ():
            lead.over = True

    # -- who is credited

    def family(self, account: Account) -> list[Account]:
        head = account.merged_into or account
        return [other for other in self.accounts if other.known and head in (other, other.merged_into)]

    def winner(self, account: Account) -> str | None:
        """What docs/rules.md tells, as of the sign-up of the earliest of the accounts that are one."""
        if account.merged_into:
            return None
        family = self.family(account)
        rulings = [ruling for other in family for ruling in other.rulings]
        if rulings:
            ruled = max(rulings)[1]
            return ruled and self.heir(ruled)
        first = min(family, key=lambda other: other.age)
        others = [other for other in self.accounts if other.known and other not in family and other.site == first.site]
        limited = all(other.is_limited for other in family)
        if any(not other.is_limited and (limited or other.place < first.place) for other in others):
            return None
        by_link = self._by_link(first)
        won = self._by_lead(first) or self._by_creation(first) or by_link
        if self.rules(first.at).link_first and by_link:
            won = by_link
        if limited and self._takes_something(first, won, others):
            return None
        return won and self.heir(won)

    def _takes_something(self, first: Account, won: str | None, others: list[Account]) -> bool:
        """A lead that holds the site or waits for it, whom it goes without, or the turn of another like it."""
        leads = [lead for lead in self.leads if lead.site == first.site and lead.submitted < first.at]
        live = [lead for lead in leads if not lead.is_over_at(first.at) and lead.org != won]
        window = self.rules(first.at).window
        refused = [row for row in first.visits if row.org == first.without and row.at <= first.at <= row.at + window]
        later = any(other.is_limited and other.place < first.place for other in others) and won is not None
        return bool(live or refused) or later

    def heads(self) -> list[Account]:
        """The accounts that go on."""
        return [account for account in self.accounts if account.known and account.merged_into is None]

    # -- when it ends

    def is_cancelled(self, account: Account, at: datetime) -> bool:
        """By the last of its events until then; nothing is from before the sign-up."""
        told = [back for when, back in sorted(account.events) if max(when, account.at) <= at]
        return bool(told) and not told[-1]

    def has_ended(self, account: Account) -> bool:
        """Whether the credit of an account is over: it cancelled, and did not come back in time, or in vain."""
        comeback = self.rules(min(other.at for other in self.family(account))).comeback
        gone: datetime | None = None
        for when, back in sorted(account.events):
            at = max(when, account.at)
            if not back:
                gone = gone or at
            elif gone:
                if comeback is None or at - gone > comeback or self.is_taken(account, at):
                    return True
                gone = None
        return gone is not None

    def is_taken(self, account: Account, at: datetime) -> bool:
        """Whether another client had the website and was one then."""
        return any(
            other.known
            and other.site == account.site
            and other.at <= at
            and other not in self.family(account)
            and not (other.merged_at and other.merged_at <= at)
            and not self.is_cancelled(other, at)
            for other in self.accounts
        )

    def end_managed(self, account: Account, now: datetime) -> None:
        """Who manages an account, or waits to, does so no longer once it is cancelled, also if it is back by now."""
        moments = sorted({max(when, account.at) for when, _ in account.events})
        there = [True, *(not self.is_cancelled(account, at) for at in moments)]
        gone = [at for at, before, after in zip(moments, there, there[1:], strict=False) if before and not after]
        for org, about in self.live_claims():
            is_over = any(at >= self.began[org, about] for at in gone) or self.is_cancelled(account, now)
            if about is account and is_over:
                self.claims.discard((org, account))
                if self.seats.get(account) == org:
                    del self.seats[account]

    def merge(self, gone: Account, stays: Account, now: datetime) -> None:
        for other in self.family(gone):
            other.merged_into, other.merged_at = stays, other.merged_at or now
        for org, account in self.live_claims():
            if account is gone and ((org, stays) not in self.live_claims() or self.seats.get(gone) == org):
                self.began[org, stays] = self.began[org, gone]
        manager = self.seats.pop(gone, None)
        if manager and stays not in self.seats:
            self.claims.discard((manager, stays))
            self.seats[stays] = manager
        for org, account in list(self.claims):
            if account is gone:
                self.claims.discard((org, gone))
                if self.seats.get(stays) != org:
                    self.claims.add((org, stays))

    def _by_lead(self, account: Account) -> str | None:
        used = [opening.lead for opening in account.visits if opening.lead and opening.at <= account.at]
        for site_first in (True, False):
            rows = [
                lead
                for lead in self.leads
                if (lead.site == account.site if site_first else lead in used)
                and lead.held(account.at)
                and self._may_win(lead.org, lead.submitted, account)
            ]
            if rows:
                return rows[0].org
        return None

    def _by_creation(self, account: Account) -> str | None:
        org = account.created_for
        return org if org and self._may_win(org, account.at, account) else None

    def _may_win(self, org: str, at: datetime, account: Account) -> bool:
        """Whether it was active when it did something and at the sign-up, and the account is not its own use."""
        was, then = self.then(org, at), self.then(org, account.at)
        is_creator = account.created_for is not None and self.then(account.created_for, account.at) == then
        has_address = self.owns(then, account.domain, account.at) and not is_creator
        is_own = self.owns(then, account.site, account.at) or has_address
        if org == account.without:
            return False
        return not is_own and not self.is_paused(was, at) and not self.is_paused(then, account.at)

    def _by_link(self, account: Account) -> str | None:
        rules = self.rules(account.at)
        valid = [
            (opening.number, opening.org)
            for opening in account.visits
            if opening.at <= account.at <= opening.at + rules.window and self._may_win(opening.org, opening.at, account)
        ]
        chosen = min if rules.first_click else max
        return chosen(valid)[1] if valid else None
