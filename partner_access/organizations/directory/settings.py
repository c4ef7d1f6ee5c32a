"""An organization's settings: its name, its website, and the join policy that a newly proved domain begins with.

Its slug never changes, so that the links in mails that were sent go on working.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import asdict, dataclass, fields

from flask import current_app

from partner_access import audit
from partner_access.db import session
from partner_access.errors import Conflict, Invalid
from partner_access.organizations.directory import org_lock, organizations, own_names
from partner_access.organizations.models import Organization
from partner_access.transactions import lock

LONGEST = 5000
"""So many characters are read of what a form says that it showed."""


@dataclass(frozen=True)
class OrgSettings:
    """The settings at one moment. website: a site key, or None."""

    name: str
    website: str | None
    policy: str

    def to_text(self) -> str:
        """The settings as a form carries them, to tell later whether somebody changed them."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> OrgSettings | None:
        """The settings that a form carried; None for what is none of ours."""
        if len(text) > LONGEST:  # what is nested deeply enough breaks the parser
            return None
        try:
            data = json.loads(text)
            name, website, policy = data["name"], data["website"], data["policy"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        is_text = isinstance(name, str) and isinstance(policy, str) and isinstance(website, str | None)
        return cls(name, website, policy) if is_text else None


def read(org: Organization) -> OrgSettings:
    """The settings as they are."""
    return OrgSettings(org.name, org.website, org.default_policy)


def differences(one: OrgSettings | None, other: OrgSettings) -> list[str]:
    """The names of the fields in which they differ; of all of them when there is nothing to hold against."""
    names = [field.name for field in fields(OrgSettings)]
    return [name for name in names if one is None or getattr(one, name) != getattr(other, name)]


def save(org: Organization, wanted: OrgSettings, *, seen: OrgSettings | None) -> list[str]:
    """Change the settings; the names of the fields that are different now. Idempotent.

    seen: the settings as the page showed them. Raises Conflict when somebody has changed them since, Invalid for a name
    that cannot be given without the programme's staff.
    """
    lock(f"settings:{org.id}")
    if wanted.website != org.website:
        org_lock.lock_alone()  # what is its own counts for the sign-ups from then on
    session().refresh(org)
    before = read(org)
    changed = differences(before, wanted)
    if not changed:
        return []
    if seen != before:
        raise Conflict("Somebody else has changed the settings meanwhile.", code="changed-meanwhile")
    if "name" in changed:
        _check_name(org, wanted.name)
    org.name, org.website, org.default_policy = wanted.name, wanted.website, wanted.policy
    told: dict[str, str | None] = {}
    if "website" in changed:
        own_names.end(org.id, own_names.WEBSITE, before.website)
        own_names.begin(org.id, own_names.WEBSITE, wanted.website)
        told |= {"website": wanted.website, "website_before": before.website}
    if "policy" in changed:
        told |= {"policy": wanted.policy, "policy_before": before.policy}
    audit.record("settings.changed", subject=org.id, reason="own-choice", changed=changed, **told)
    return changed


def _check_name(org: Organization, name: str) -> None:
    """Names stand in mails to clients and to people who are invited, and staff approved only the first one."""
    programme = current_app.config["PROGRAMME_NAME"]
    if any(sign in name for sign in ("@", "//", "<", ">")):
        raise Invalid("Enter the name alone, without an address or a link.", code="name-with-link", field="name")
    if _plain(programme) in _plain(name):
        sentence = f"A name with “{programme}” in it looks like the programme’s own. Ask its staff to change it."
        raise Invalid(sentence, code="name-of-programme", field="name")
    same = (other for other in organizations.like(name, ()) if other.id != org.id)
    if any(_plain(other.name) == _plain(name) for other in same):
        raise Invalid("Another partner has this name. Enter one that tells you apart.", code="name-taken", field="name")


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
