"""Organizations, as the programme's own product founds and reads them."""

from __future__ import annotations

from partner_access.api.blueprint import api, asks, gives, repeatable, takes
from partner_access.api.schemas.orgs import OrgAnswer, OrgBrief, OrgDomain, OrgGiven, Orgs, OrgsAsked, OrgTotalsAnswer
from partner_access.credit.ledger import totals
from partner_access.credit.lifecycle import org_foundings
from partner_access.credit.lifecycle.org_foundings import OrgDetails
from partner_access.credit.touchpoints import links
from partner_access.db import acting, found, scope
from partner_access.errors import Invalid
from partner_access.keys.addresses import address, domain_key
from partner_access.keys.mistakes import Refused
from partner_access.keys.sites import site_key
from partner_access.organizations.directory import organizations, search
from partner_access.organizations.models import Organization
from partner_access.permissions import Permission
from partner_access.web.access import programme_call

REASON = "Founded by the programme’s own product."
EXAMPLE = {"name": "North Studio", "domain": "north-studio.example", "owner": "ana@north-studio.example"}


@api.get("/orgs")
@programme_call(Permission.VIEW_PROGRAMME)
@asks(OrgsAsked)
@gives(Orgs)
def organizations_of_programme(asked: OrgsAsked) -> Orgs:
    """List the organizations"""
    rows = search.listing(after=asked.after)
    return Orgs(items=[_brief(row) for row in rows], next=rows[-1].slug if len(rows) == search.PAGE else None)


@api.post("/orgs")
@programme_call(Permission.MANAGE_ORGS)
@repeatable
@takes(OrgGiven, **EXAMPLE)
@gives(OrgAnswer, 201)
def found_organization(given: OrgGiven) -> OrgAnswer:
    """Found an organization

    Its domain counts as proved by the programme. It has a referral link from the start.
    """
    owner = address(given.owner, field="owner") if given.owner else None
    if given.website:
        site_key(given.website)
    details = OrgDetails(given.name, _domain(given.domain), given.policy, given.website or None, owner)
    return _whole(org_foundings.found(details, REASON))


def _domain(text: str) -> str:
    try:
        return domain_key(text)
    except Refused as refusal:
        raise Invalid(refusal.sentence, code=refusal.code, field="domain") from None


@api.get("/orgs/<slug>")
@programme_call(Permission.VIEW_PROGRAMME)
@gives(OrgAnswer)
def organization(slug: str) -> OrgAnswer:
    """Read an organization"""
    return _whole(found(organizations.find(slug)))


def _brief(org: Organization) -> OrgBrief:
    return OrgBrief(slug=org.slug, name=org.name, website=org.website, state=org.state, created_at=org.created_at)


def _whole(org: Organization) -> OrgAnswer:
    with acting(scope().actor, org.id):
        counts, url = totals.read(), links.primary_url()
    domains = [OrgDomain(name=row.name, proof=row.proof, policy=row.policy) for row in organizations.domains_of(org.id)]
    known = OrgTotalsAnswer(**{name: getattr(counts, name) for name in OrgTotalsAnswer.model_fields})
    return OrgAnswer(**_brief(org).model_dump(), referral_url=url, domains=domains, totals=known)
