"""The rules of credit once more, in plain Python and as short as they can be said: what the portal is held against.

It keeps everything in lists and looks at all of it each time. Times are aware; organizations are told by their names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Rules:
    """What staff have set: how long a click counts and a lead holds its site, and which of them comes first."""

    window: timedelta = timedelta(days=90)
    term: timedelta = timedelta(days=90)
    link_first: bool = False
    first_click: bool = False


@dataclass(eq=False)
class Lead:
    """It goes by the rules under which it was registered."""

    org: str
    site: str
    submitted: datetime
    term: timedelta
    held_from: datetime | None = None
    held_until: datetime | None = None
    withdrawn: datetime | None = None
    over: bool = False
    renewed: bool = False

    def held(self, at: datetime) -> bool:
        if self.held_from is None or self.held_until is None or self.submitted >= at:
            return False
        return self.held_from <= at < self.held_until and not (self.withdrawn and self.withdrawn <= at)


@dataclass(eq=False)
class Account:
    """A sign-up. visits: (organization, opened at, the lead whose link it was); rulings: (when, for whom)."""

    key: str
    site: str
    at: datetime
    visits: list[tuple[str, datetime, Lead | None]] = field(default_factory=list)
    own_use_of: str | None = None
    created_for: str | None = None
    accepted: bool = False
    known: bool = False
    known_at: datetime | None = None
    rulings: list[tuple[datetime, str | None]] = field(default_factory=list)
    merged_into: Account | None = None

    @property
    def age(self) -> tuple[datetime, str]:
        return self.at, self.key


@dataclass
class Programme:
    """Everything that happened."""

    leads: list[Lead] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    seats: dict[Account, str] = field(default_factory=dict)
    claims: set[tuple[str, Account]] = field(default_factory=set)
    changes: list[tuple[datetime, Rules]] = field(default_factory=list)
    absorbed: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def rules(self, at: datetime) -> Rules:
        """Those that were saved last by then."""
        return next((rules for since, rules in reversed(self.changes) if since <= at), Rules())

    def heir(self, org: str) -> str:
        """Who goes on for an organization."""
        return self.heir(self.absorbed[org][0]) if org in self.absorbed else org

    def were_one(self, org: str, other: str | None, at: datetime | None) -> bool:
        """Whether two were one organization at a time."""

        def then(name: str) -> str:
            into = self.absorbed.get(name)
            return then(into[0]) if into and at and into[1] <= at else name

        return other is not None and then(org) == then(other)

    def absorb(self, gone: str, stays: str, now: datetime) -> None:
        """One organization becomes part of another; of two live leads for a site the later one ends."""
        for site in {lead.site for lead in self.leads}:
            self.settle(site, now)
        self.absorbed[gone] = stays, now
        for site in {lead.site for lead in self.leads}:
            for lead in [lead for lead in self.live(site) if self.heir(lead.org) == stays][1:]:
                lead.over, lead.withdrawn = True, now
        for account, manager in self.seats.items():
            self.claims -= {(stays, account)} if manager == gone else {(gone, account)} if manager == stays else set()
            self.seats[account] = self.heir(manager)
        self.claims = {(self.heir(org), account) for org, account in self.claims}

    def live(self, site: str) -> list[Lead]:
        rows = [lead for lead in self.leads if lead.site == site and not lead.over]
        return sorted(rows, key=lambda lead: lead.submitted)

    def settle(self, site: str, now: datetime) -> None:
        """Holds end when they are due, and who waited longest follows then."""
        free_since = now
        while True:
            rows = self.live(site)
            holder = next((lead for lead in rows if lead.held_from), None)
            if holder and holder.held_until and holder.held_until > now:
                return
            if holder and holder.held_until:
                holder.over, free_since = True, holder.held_until
                rows.remove(holder)
            if not rows:
                return
            rows[0].held_from, rows[0].held_until = free_since, free_since + rows[0].term

    def is_client(self, site: str) -> bool:
        return any(account.known and account.site == site for account in self.accounts)

    def submit(self, org: str, site: str, now: datetime) -> Lead | None:
        """The lead, or None when the site is a client's, or the team has registered it."""
        self.settle(site, now)
        if self.is_client(site) or any(self.heir(lead.org) == org for lead in self.live(site)):
            return None
        lead = Lead(org, site, now, self.rules(now).term)
        if not any(other.held_from for other in self.live(site)):
            lead.held_from, lead.held_until = now, now + lead.term
        self.leads.append(lead)
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
        account.known, account.known_at = True, now
        for site in {account.site, *(lead.site for _, _, lead in account.visits if lead)}:
            self.settle(site, now)
        for lead in self.live(account.site):
            lead.over = True

    # -- who is credited

    def family(self, account: Account) -> list[Account]:
        head = account.merged_into or account
        return [other for other in self.accounts if other.known and head in (other, other.merged_into)]

    def winner(self, account: Account) -> str | None:
        """PRODUCT.md section 5, as of the sign-up of the earliest of the accounts that are one."""
        if account.merged_into:
            return None
        family = self.family(account)
        rulings = [ruling for other in family for ruling in other.rulings]
        if rulings:
            ruled = max(rulings, key=lambda ruling: ruling[0])[1]
            return ruled and self.heir(ruled)
        first = min(family, key=lambda other: other.age)
        others = [other for other in self.accounts if other.known and other not in family and other.site == first.site]
        if any(other.age < first.age for other in others):
            return None
        by_link = self._by_link(first)
        won = self._by_lead(first) or first.created_for or by_link
        if self.rules(first.at).link_first and by_link:
            won = by_link
        return won and self.heir(won)

    def heads(self) -> list[Account]:
        """The accounts that go on."""
        return [account for account in self.accounts if account.known and account.merged_into is None]

    def merge(self, gone: Account, stays: Account) -> None:
        for other in self.family(gone):
            other.merged_into = stays
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
        used = [lead for _, opened, lead in account.visits if lead and opened <= account.at]
        for site_first in (True, False):
            rows = [
                lead
                for lead in self.leads
                if (lead.site == account.site if site_first else lead in used)
                and lead.held(account.at)
                and not self._is_own_use(lead.org, account)
            ]
            if rows:
                return min(rows, key=lambda lead: lead.submitted).org
        return None

    def _is_own_use(self, org: str, account: Account) -> bool:
        """Whose domain the owner's address is at is looked up when we first hear of it."""
        return self.were_one(org, account.own_use_of, account.known_at)

    def _by_link(self, account: Account) -> str | None:
        rules = self.rules(account.at)
        valid = [
            (opened, org)
            for org, opened, _ in account.visits
            if opened <= account.at <= opened + rules.window and not self._is_own_use(org, account)
        ]
        chosen = min if rules.first_click else max
        return chosen(valid)[1] if valid else None
