"""Gathers what the decision looks at, across organizations, and nothing more."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import select

from partner_access.credit import client_accounts, holds, links, rules, visits
from partner_access.credit.programme import ClientAccount, ReferralCode, SiteHold, Visit
from partner_access.db import session
from partner_access.organizations import organizations
from partner_access.organizations.models import Domain, Organization
from partner_access.sites import parent_domains


def gather(account: ClientAccount, tied: Sequence[Visit], refused: Sequence[uuid.UUID]) -> rules.Facts:
    """The facts of a client account's sign-up, for rules.decide. `tied`: visits that cookie or form tie to it."""
    code, by_token = _read_referral(account.referral)
    seen = {visit.id: visit for visit in [*tied, *([by_token] if by_token else [])]}
    touches = [_visit(visit, "form" if visit is by_token else "cookie") for visit in seen.values()]
    if code and code.code not in {visit.code for visit in seen.values()}:
        touches.append(rules.Visit(str(code.org_id), code.code, code.code, account.signed_up_at, "code"))
    by_link = {hold.lead_id for hold in _leads_of_links({code.code} if code else set(), seen.values())}
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
        unknown_referral=bool(account.referral) and code is None and by_token is None,
    )


def _read_referral(referral: str | None) -> tuple[ReferralCode | None, Visit | None]:
    """The link or the visit that a referral text names, if any."""
    if not referral:
        return None, None
    visit = visits.find(referral)
    return (None, visit) if visit else (links.find_code(referral), None)


def _leads_of_links(codes: set[str], seen: Iterable[Visit]) -> Sequence[SiteHold]:
    """The holds of leads whose own link was used."""
    used = codes | {visit.code for visit in seen}
    if not used:
        return []
    statement = select(ReferralCode.lead_id).where(ReferralCode.code.in_(used), ReferralCode.lead_id.is_not(None))
    lead_ids = [lead_id for lead_id in session().scalars(statement) if lead_id]
    return holds.of_leads(lead_ids) if lead_ids else []


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
