"""What staff write is read by every side, so it may not tell one organization who another one is."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable

from partner_access.db import acting, scope
from partner_access.errors import Invalid
from partner_access.organizations.directory import mergers, organizations
from partner_access.organizations.models import Organization
from partner_access.organizations.team import memberships

NOBODYS = "another partner"
COMMON = frozenset(
    {
        "agency", "client", "clients", "company", "creative", "design", "digital", "group", "marketing", "media",
        "online", "partner", "partners", "software", "studio", "studios", "team", "website",
    }
)  # fmt: skip
"""Words with which a name may begin and that tell nobody apart."""
MADE_UP = re.compile(r"partner(-\d+)?")


def check_names_none(reason: str, org_ids: Iterable[uuid.UUID]) -> None:
    """Raise Invalid beside `reason` when it names one of these organizations, what has become part of them, or their
    people: by name or a word of it, slug, e-mail domain or address.

    The words “another partner” name nobody, whatever an organization is called.
    """
    told = _plain(reason).replace(NOBODYS, " ")
    for one in sorted({one for org_id in org_ids for one in mergers.family(org_id)}):
        for name in _names(organizations.fetch(one)):
            if re.search(rf"(?<!\w){re.escape(_plain(name))}(?!\w)", told):
                raise Invalid(
                    f"“{name}” would tell the other side who it is. Write “another partner”.",
                    code="names-a-side",
                    field="reason",
                )


def _names(org: Organization) -> list[str]:
    """What tells which organization it is; a slug that was made up because the name has no plain letters does not."""
    slugs = [] if MADE_UP.fullmatch(org.slug) else [org.slug]
    first = [word for word in re.findall(r"\w{4,}", org.name)[:1] if word.casefold() not in COMMON]
    with acting(scope().actor, org.id):
        people = [text for row in memberships.listing() for text in (row.user.name, row.user.email)]
    return [org.name, *slugs, *first, *(domain.name for domain in organizations.domains_of(org.id)), *people]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
