"""Reads what decisions look at, for one client account or for hundreds at once in as many statements."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from partner_access.credit.disputes import disputes
from partner_access.credit.models import ClientSite, Dispute, DisputeParty, Ruling, SiteHold
from partner_access.credit.touchpoints import site_holds
from partner_access.db import session
from partner_access.organizations.directory import mergers
from partner_access.organizations.models import OrgMerger


@dataclass
class Sources:
    """What there is of some sites, leads and client accounts, each in its order; what is not in here, there is not.

    holds: by their sites; leads: holds by their leads; rulings, lapses: by the account; sides: organizations that were
    asked, by the dispute; had: the accounts that ever had a site; mergers: of organizations, all of them.
    """

    holds: dict[str, list[SiteHold]] = field(default_factory=lambda: defaultdict(list))
    leads: dict[uuid.UUID, SiteHold] = field(default_factory=dict)
    rulings: dict[uuid.UUID, list[Ruling]] = field(default_factory=lambda: defaultdict(list))
    lapses: dict[uuid.UUID, list[Dispute]] = field(default_factory=lambda: defaultdict(list))
    sides: dict[uuid.UUID, set[str]] = field(default_factory=lambda: defaultdict(set))
    had: dict[str, set[uuid.UUID]] = field(default_factory=lambda: defaultdict(set))
    mergers: Sequence[OrgMerger] = ()


def read(sites: Iterable[str], lead_ids: Iterable[uuid.UUID], account_ids: Iterable[uuid.UUID]) -> Sources:
    """What there is of these, as the database has it now."""
    found, sites, account_ids = Sources(mergers=mergers.listing()), list(sites), list(account_ids)
    for hold in site_holds.of_sites(sites):
        found.holds[hold.site].append(hold)
    found.leads.update({hold.lead_id: hold for hold in site_holds.of_leads(list(lead_ids))})
    mine = select(Ruling).where(Ruling.client_account_id.in_(account_ids))
    for ruling in session().scalars(mine.order_by(Ruling.number)):
        found.rulings[ruling.client_account_id].append(ruling)
    for lapsed in disputes.lapsed(account_ids):
        found.lapses[lapsed.client_account_id].append(lapsed)
    asked = [row.dispute_id for rows in found.rulings.values() for row in rows if row.dispute_id]
    asked += [row.id for rows in found.lapses.values() for row in rows]
    parties = select(DisputeParty.dispute_id, DisputeParty.org_id).where(DisputeParty.dispute_id.in_(asked))
    for dispute_id, org_id in session().execute(parties) if asked else ():
        found.sides[dispute_id].add(str(org_id))
    had = select(ClientSite.site, ClientSite.client_account_id).where(ClientSite.site.in_(sites))
    for site, account_id in session().execute(had):
        found.had[site].add(account_id)
    return found
