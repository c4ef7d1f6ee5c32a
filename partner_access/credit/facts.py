"""Gathers what the decision looks at, across organizations, and nothing more."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from partner_access.addresses import parent_domains
from partner_access.credit import client_accounts, holds, links, rules, visits
from partner_access.credit.programme import ClientAccount, ReferralCode, SiteHold, Visit
from partner_access.db import session
from partner_access.organizations import organizations
from partner_access.organizations.models import Domain, Organization


@dataclass(frozen=True)
class Evidence:
    """What ties a sign-up to partners: the code and the visit its referral names, all its visits, and by lead id the
    site of every lead whose own link was used."""

    code: ReferralCode | None
    by_token: Visit | None
    visits: tuple[Visit, ...]
    by_link: dict[uuid.UUID, str]

    @property
    def org_ids(self) -> set[uuid.UUID]:
        return {row.org_id for row in (self.code, *self.visits) if row}


def read(account: ClientAccount, tied: Sequence[Visit]) -> Evidence:
    """The evidence that came with a sign-up. `tied`: visits that cookie or form tie to it."""
    code, by_token = _read_referral(account.referral)
    seen = {visit.id: visit for visit in [*tied, *([by_token] if by_token else [])]}
    used = {visit.code for visit in seen.values() if visit.opened_at <= account.signed_up_at}
    return Evidence(code, by_token, tuple(seen.values()), _leads_of_links(used | ({code.code} if code else set())))


def gather(account: ClientAccount, evidence: Evidence, refused: Sequence[uuid.UUID]) -> rules.Facts:
    """The facts of a client account's sign-up, for rules.decide; call it when all sites concerned are settled."""
    code, by_link = evidence.code, evidence.by_link
    touches = [_visit(visit, "form" if visit is evidence.by_token else "cookie") for visit in evidence.visits]
    if code and code.code not in {visit.code for visit in evidence.visits}:
        touches.append(rules.Visit(str(code.org_id), code.code, code.code, account.signed_up_at, "code"))
    found = {hold.lead_id: hold for hold in [*holds.of_site(account.site), *holds.of_leads(list(by_link))]}
    leads = [_lead(hold, hold.lead_id in by_link and hold.site != account.site) for hold in found.values()]
    org_ids = {uuid.UUID(org) for org in [*(lead.org for lead in leads), *(touch.org for touch in touches)]}
    return rules.Facts(
        signed_up_at=account.signed_up_at,
        site=account.site,
        email_domains=tuple(parent_domains(account.email_domain)) if account.email_domain else (),
        orgs=tuple(_org(org_id) for org_id in sorted(org_ids)),
        leads=tuple(leads),
        visits=tuple(touches),
        refused=tuple(str(org_id) for org_id in refused),
        earlier_account_at=client_accounts.first_of_site(account.site, before=account),
        unknown_referral=bool(account.referral) and code is None and evidence.by_token is None,
    )


def _read_referral(referral: str | None) -> tuple[ReferralCode | None, Visit | None]:
    """The link or the visit that a referral text names, if any."""
    if not referral:
        return None, None
    visit = visits.find(referral)
    return (None, visit) if visit else (links.find_code(referral), None)


def _leads_of_links(codes: set[str]) -> dict[uuid.UUID, str]:
    """The leads whose own link has one of these codes, with their sites."""
    if not codes:
        return {}
    statement = select(SiteHold.lead_id, SiteHold.site).join(ReferralCode, ReferralCode.lead_id == SiteHold.lead_id)
    return {row.lead_id: row.site for row in session().execute(statement.where(ReferralCode.code.in_(codes)))}


def _lead(hold: SiteHold, by_link: bool) -> rules.Lead:
    return rules.Lead(
        str(hold.org_id), str(hold.lead_id), hold.submitted_at, hold.held_from, hold.held_until, hold.ended_at,
        hold.end_reason, by_link,
    )  # fmt: skip


def _visit(visit: Visit, how: str) -> rules.Visit:
    return rules.Visit(str(visit.org_id), str(visit.id), visit.code, visit.opened_at, how)


def _org(org_id: uuid.UUID) -> rules.Org:
    org: Organization = organizations.fetch(org_id)
    names = session().scalars(select(Domain.name).where(Domain.org_id == org_id).order_by(Domain.name))
    return rules.Org(str(org_id), org.created_at, org.suspended_at, tuple(organizations.own_sites(org)), tuple(names))
