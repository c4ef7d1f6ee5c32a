"""What staff write is read by every side, so it may not tell one organization who another one is."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterable

from partner_access.errors import Invalid
from partner_access.organizations import organizations


def check_names_none(reason: str, org_ids: Iterable[uuid.UUID]) -> None:
    """Raise Invalid beside `reason` when it names one of these organizations, by name, slug or e-mail domain."""
    for org in [organizations.fetch(org_id) for org_id in sorted(set(org_ids))]:
        for name in (org.name, org.slug, *(domain.name for domain in organizations.domains_of(org.id))):
            if re.search(rf"(?<!\w){re.escape(_plain(name))}(?!\w)", _plain(reason)):
                raise Invalid(
                    f"“{name}” would tell the other side who it is. Write “another partner”.", code="names-a-side",
                    field="reason",
                )  # fmt: skip


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
