"""Creating a client's account on their behalf, to be handed over to them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select

from partner_access import audit, signing
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit.attribution import signups
from partner_access.credit.clients import answer_pace, client_accounts, clients, mail_limits, occupants
from partner_access.credit.handovers import handovers
from partner_access.credit.models import Client, Handover
from partner_access.credit.touchpoints import registrations, site_holds
from partner_access.db import SYSTEM, acting, found, session
from partner_access.keys.addresses import address
from partner_access.keys.sites import site_key
from partner_access.organizations.directory import own_names
from partner_access.organizations.models import Organization


@dataclass(frozen=True)
class CreatedAccount:
    """The team's view of a client account, its hand-over, and how it came out: `created`, or `already-yours`."""

    client: Client
    row: Handover
    outcome: str


def create(org: Organization, person: User, details: registrations.LeadDetails, once: str) -> CreatedAccount:
    """Create a client's account for them, and mail them to accept it; the team's earlier one for the site stays.

    once: what tells this form from another, so that sent twice it is answered as the first time. Raises Invalid with a
    sentence for the field that cannot be used, or for an existing client; TooMany for one mail too many.
    """
    registrations.check_text(details)
    site = site_key(details.website, own_domains=own_names.present_sites(org.id))
    owner = address(details.contact_email or "", field="contact_email")
    external_id = f"portal-{signing.fingerprint(f'{org.id}:{once}:{site}')[:24]}"
    if earlier := _of_site(site, external_id):
        return earlier
    answer_pace.check(org)
    site_holds.lock_sites([site])  # two teammates at once: the second finds what the first created
    if earlier := _of_site(site, external_id):
        return earlier
    registrations.check_free(site)
    checked = signups.check(
        external_id=external_id,
        company=details.company,
        website=details.website,
        email=owner.email,
        signed_up_at=now(),
        referral="",
        came_by="portal",
    )
    not_before = mail_limits.check("hand-over", owner.email)
    with acting(SYSTEM):  # what it means for other organizations is not this person's doing
        answer = signups.record(replace(checked, created_for=org.id, owner_name=details.contact_name))
    client = found(clients.of_account(answer.account.id))
    row = Handover(
        client_id=client.id,
        client_account_id=answer.account.id,
        name=details.contact_name or "",
        email=owner.email,
        created_by=person.id,
        created_at=now(),
        mailed=0,
        beginner=person,
    )
    session().add(row)
    audit.record("client_account.created", subject=client.id, external_id=external_id, site=site)
    handovers.send(row, client, not_before)
    return CreatedAccount(client, row, "created")


def _of_site(site: str, external_id: str) -> CreatedAccount | None:
    """The account that the bound organization created for this site before, if any."""
    occupied = occupants.occupant(site)
    if occupied is None or occupied.until:
        return None
    row = session().scalar(select(Handover).where(Handover.client_account_id == occupied.account_id))
    if row is None:
        return None
    is_same_form = client_accounts.fetch(occupied.account_id).external_id == external_id
    return CreatedAccount(clients.fetch(row.client_id), row, "created" if is_same_form else "already-yours")
