"""How many mails an organization may cause to clients, who have not asked for them."""

from __future__ import annotations

from partner_access.accounts import throttles
from partner_access.addresses import address, parent_domains
from partner_access.db import scope
from partner_access.errors import TooMany
from partner_access.organizations import organizations

MOST_A_DAY = {"hand-over": 100, "managed": 500}
"""Of one organization, by what the mail is about. A team claims the clients of years in its first week."""
TO_ONE_A_DAY = 10
"""To one address, of all organizations together; a client may have several websites."""


def check(kind: str, to: str) -> None:
    """Count a mail of the bound organization to a client. Raises TooMany, at `contact_email`, when it is one too many.

    kind: a key of MOST_A_DAY. To its own people an organization may write as often as it likes.
    """
    most = MOST_A_DAY[kind]
    if not throttles.take(f"client-mails:{kind}:{scope().org_id}", most, throttles.DAY):
        raise _too_many(f"Your team has caused {most} mails to clients today, which is the most there can be.")
    if not _is_own(to) and not throttles.take(f"client-mails-to:{address(to).key}", TO_ONE_A_DAY, throttles.DAY):
        raise _too_many(f"This address got {TO_ONE_A_DAY} mails from partners today, which is the most there can be.")


def _too_many(sentence: str) -> TooMany:
    wait = throttles.seconds_left(throttles.DAY)
    return TooMany(f"{sentence} Go on tomorrow.", code="too-many-mails", retry_after=wait, field="contact_email")


def _is_own(to: str) -> bool:
    """Whether an address is that of who acts, or at a proved domain of the organization."""
    typed, bound = address(to), scope()
    if typed.key == bound.actor.email_key or bound.org_id is None:
        return True
    own = {domain.name for domain in organizations.domains_of(bound.org_id)}
    return not own.isdisjoint(parent_domains(typed.domain))
