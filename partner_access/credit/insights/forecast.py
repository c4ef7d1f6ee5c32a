"""Will this count? What the rules would decide if the client of a website signed up now, before they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from partner_access import audit
from partner_access.accounts import throttles
from partner_access.clock import day, now
from partner_access.credit.attribution import fact_finding
from partner_access.credit.clients import client_accounts, clients, occupants
from partner_access.credit.insights import forecast_ways, list_rows
from partner_access.credit.insights.ladder import Rung
from partner_access.credit.models import Client, Lead, SiteHold
from partner_access.credit.reasons import REASONS
from partner_access.credit.rules import versions
from partner_access.credit.rules.facts import Facts
from partner_access.credit.rules.settings import Rules
from partner_access.credit.touchpoints import lead_allowances, lead_queue, leads, site_holds
from partner_access.errors import TooMany
from partner_access.keys.addresses import address, parent_domains
from partner_access.keys.sites import display_site, site_key
from partner_access.organizations.directory import mergers
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.models import Organization

LOOKUPS, WINDOW = 60, timedelta(hours=1)
"""How many websites one organization may look up in an hour: enough to work with, too few to list the clients."""


@dataclass(frozen=True)
class Forecast:
    """The answer for one website: `word` is yes, no or depends, `site` as people write it.

    lead: the organization's own live lead for it; client: what its list says already; ways: each way to sign up and
    whether it would count by the present rules; may_queue: whether registering it would put it in line behind somebody;
    barred: why the organization cannot register it now, though others can.
    """

    site: str
    word: str
    code: str
    sentence: str
    ways: tuple[forecast_ways.Way, ...] = ()
    rules: Rules = field(default_factory=Rules)
    lead: Lead | None = None
    client: Client | None = None
    may_register: bool = False
    may_queue: bool = False
    barred: str = ""

    @property
    def rungs(self) -> list[Rung]:
        """The ways as a ladder shows them; none where all of them come to the same."""
        if not any(way.counts for way in self.ways) or self.word == "yes":
            return []
        return [
            Rung(way.mark, forecast_ways.WAYS[way.name], forecast_ways.way_sentence(way, self.rules))
            for way in self.ways
        ]

    @property
    def counts_by(self) -> set[str]:
        """The names of the ways that lead to the credit."""
        return {way.name for way in self.ways if way.counts}


def of_website(org: Organization, website: str, email: str = "") -> Forecast:
    """What the rules would decide for the bound organization now. Raises Invalid beside a field, or TooMany."""
    site, domains = site_key(website), tuple(parent_domains(address(email).domain)) if email.strip() else ()
    count_lookup(org)
    lead_queue.lock_and_settle([site], [org.id])  # what counts is the time, not when the worker came by
    found = _of_client(site) or of_free_site(org, site, domains)
    audit.record("check.asked", reason=found.word, site=site)
    return found


def count_lookup(org: Organization) -> None:
    """Count one look-up of an organization. Raises TooMany, which says when it works again."""
    if throttles.take(f"look-up:{org.id}", LOOKUPS, WINDOW):
        return
    left = throttles.seconds_left(WINDOW)
    again = now() + timedelta(seconds=left)
    raise TooMany(
        f"{org.name} has looked up {LOOKUPS} websites within an hour, which is the most there can be. "
        f"It works again at {again:%H:%M} UTC.",
        code="throttled",
        retry_after=left,
    )


def _of_client(site: str) -> Forecast | None:
    """What the organization's own list says of the client account that has the site, or None."""
    occupied = occupants.occupant(site)
    if occupied is None:
        return None
    account = client_accounts.survivor(client_accounts.fetch(occupied.account_id))
    client = clients.of_account(account.id)
    if client is None or client.state == "none":
        return None
    row = list_rows.client_row(client, list_rows.submitters([client]))
    word = "depends" if client.review_by else "yes" if client.is_credited else "no"
    return Forecast(display_site(site), word, client.reason, f"{row.short} {row.sentence}", client=client)


def of_free_site(org: Organization, site: str, domains: tuple[str, ...] = ()) -> Forecast:
    """What the rules say of a sign-up now, for a site of which the bound organization has no client; writes nothing.

    domains: the owner's e-mail domain, then its parents.
    """
    rows = site_holds.of_site(site)
    known = _facts(org, site, domains, rows)
    own = next((row for row in rows if row.org_id == org.id and row.ended_at is None), None)
    holder = site_holds.holder(site)
    is_taken = holder is not None and holder.org_id != org.id and not pauses.present([holder.org_id])
    present = versions.at(known.signed_up_at)
    is_own_site = known.org(str(org.id)).has_site(site, known.signed_up_at, timedelta(days=present.window_days))
    can_be_one = known.earlier_account_at is None and own is None and not is_own_site
    refusal = lead_allowances.refusal(org, site, rows) if can_be_one else None
    may_register = can_be_one and refusal is None
    ways = forecast_ways.ways(known, str(org.id), present, may_register=may_register, is_taken=is_taken)
    answer = forecast_ways.answer(ways, is_taken=is_taken)
    return Forecast(
        display_site(site),
        answer.word,
        answer.code,
        _sentence(answer, holder, present),
        ways,
        present,
        lead=leads.fetch(own.lead_id) if own else None,
        may_register=may_register and not is_taken,
        may_queue=may_register and is_taken,
        barred=refusal.sentence if refusal else "",
    )


def _sentence(answer: forecast_ways.ForecastAnswer, holder: SiteHold | None, present: Rules) -> str:
    words = forecast_ways.answer_sentence(answer.code, present) or "{short} {sentence}".format(
        **vars(REASONS[answer.code])
    )
    finding = answer.finding
    return words.format(
        date=day(finding.at if finding else None),
        until=day(finding.until if finding else None),
        code="",
        who="your team",
        free=day(holder.held_until if holder else None),
    )


def _facts(org: Organization, site: str, domains: tuple[str, ...], rows: Sequence[SiteHold]) -> Facts:
    """The facts of a sign-up that would follow at once, without any visit: as fact_finding.gather() would find them.

    What is another organization's own is left out: else whoever tries addresses learns whose lead holds the site.
    """
    occupied = occupants.occupant(site)
    at, found = now() + forecast_ways.A_MOMENT, tuple(fact_finding.lead_fact(row, now()) for row in rows)
    known, merged = fact_finding.org_facts({str(org.id), *(lead.org for lead in found)}, at)
    own = {str(org_id) for org_id in mergers.family(org.id)}
    orgs = tuple(row if row.id in own else replace(row, own_sites=(), own_domains=()) for row in known)
    return Facts(
        signed_up_at=at,
        site=site,
        email_domains=domains,
        leads=found,
        orgs=orgs,
        mergers=merged,
        earlier_account_at=occupied.since if occupied else None,
        earlier_until=occupied.until if occupied else None,
    )
