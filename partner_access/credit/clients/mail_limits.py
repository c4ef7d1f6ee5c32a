"""How many mails an organization may cause to clients, who have not asked for them."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from partner_access.accounts import throttles
from partner_access.db import scope
from partner_access.errors import TooMany
from partner_access.keys.addresses import address
from partner_access.organizations.directory import organizations

MOST_A_DAY = {"hand-over": 100, "managed": 500}
"""Of one organization, by what the mail is about. A team claims the clients of years in its first week."""
TO_ONE_A_DAY = 10
"""To one address, of one organization, and of all of them together; a client may have several websites."""

SIGN_UPS_TO_ONE_A_DAY = 3
"""Which strangers may cause to one address, of those: so that they cannot take the room of the mails of partners."""


def check_sign_up(to: str) -> None:
    """Count a mail about a sign-up of whoever typed this address. Raises TooMany beyond what it may get a day."""
    key = address(to).key
    of_sign_ups = throttles.take(f"client-mails-to:sign-up:{key}", SIGN_UPS_TO_ONE_A_DAY, throttles.DAY)
    if not of_sign_ups or not throttles.take_mail("sign-up", key):
        wait = throttles.seconds_left(throttles.DAY)
        sentence = (
            "This address got several mails today, so no more are sent now. Open the newest one, or go on tomorrow."
        )
        raise TooMany(sentence, code="too-many-mails", retry_after=wait, field="email")


def check(kind: str, to: str) -> datetime | None:
    """Count a mail of the bound organization to a client; until when it is to be held, or None.

    kind: a key of MOST_A_DAY. Raises TooMany, at `contact_email`, when it is one too many of this organization. Beyond
    what all together may send to one address a day it is held until a day that has room: no organization is refused,
    or learns anything, because of another. To its own people one may write as often as it likes.
    """
    most = MOST_A_DAY[kind]
    if not throttles.take(f"client-mails:{kind}:{scope().org_id}", most, throttles.DAY):
        raise _too_many(f"Your team has caused {most} mails to clients today, which is the most there can be.")
    if _is_own(to):
        return None
    key = address(to).key
    if not throttles.take(f"client-mails-to:{scope().org_id}:{key}", TO_ONE_A_DAY, throttles.DAY):
        sentence = f"Your team has caused {TO_ONE_A_DAY} mails to this address today"
        raise _too_many(f"{sentence}, which is the most there can be.")
    return _room(kind, key)


def _room(kind: str, key: str) -> datetime | None:
    """Count a mail to an address on the first day that has room for it; when that begins, or None for today."""
    counter = f"client-mails-to:{key}"
    if throttles.take(counter, TO_ONE_A_DAY, throttles.DAY) and throttles.take_mail(kind, key):
        return None
    ahead = next(n for n in count(1) if throttles.take(counter, TO_ONE_A_DAY, throttles.DAY, ahead=n))
    return throttles.window_start(throttles.DAY, ahead)


def _too_many(sentence: str) -> TooMany:
    wait = throttles.seconds_left(throttles.DAY)
    return TooMany(f"{sentence} Go on tomorrow.", code="too-many-mails", retry_after=wait, field="contact_email")


def _is_own(to: str) -> bool:
    """Whether an address is that of who acts, or at a proved domain of the organization."""
    bound = scope()
    if address(to).key == bound.actor.email_key or bound.org_id is None:
        return True
    return organizations.has_address(bound.org_id, to)
