"""How often a password may be guessed, and by whom.

A stranger's wrong passwords must not shut a person out of their own browser, nor one colleague's an office (OWASP,
"Slow Down Online Guessing Attacks with Device Cookies"). So a browser in which this person has signed in before
counts on its own; all others count together, by the account; and a network is told by how many different accounts it
fails at.
Every key is made of what was typed, so that known and unknown addresses are the same work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from partner_access.accounts import throttles
from partner_access.accounts.models import Throttle
from partner_access.errors import TooMany
from partner_access.transactions import insert_once

TRIES, WINDOW = 10, timedelta(minutes=5)
IN_A_ROW = 100
"""NIST SP 800-63B, 5.2.2: whatever the time between them. After that only a mailed link lets in."""
ACCOUNTS, ACCOUNTS_WINDOW = 50, timedelta(hours=1)
"""So many different accounts may fail from one network, which may be a large office on a Monday morning."""


@dataclass(frozen=True)
class Guesser:
    """Who tries: under `counter` tries are counted; network: "" where a browser or a session counts on its own."""

    counter: str
    account: str = ""
    network: str = ""


def at_the_door(account: str, own_browser: str | None, network: str) -> Guesser:
    """Who tries to sign in. account: what was typed, as a key; own_browser: what tells one of this very person."""
    if own_browser:
        return Guesser(f"guess:browser:{own_browser}")
    return Guesser(_of_strangers(account), account, network)


def signed_in(person: object) -> Guesser:
    """A signed-in person who is asked for their password: what others try elsewhere is nothing to them."""
    return Guesser(f"guess:person:{person}")


def take(guesser: Guesser) -> None:
    """Count a try before it is compared, so that of many sent at once only so many are. Raises TooMany."""
    if guesser.network and throttles.is_spent(_accounts(guesser), ACCOUNTS, ACCOUNTS_WINDOW):
        raise TooMany(
            "Too many accounts were tried from your network. Wait an hour, or use a mailed link: choose “Password "
            "forgotten?”.",
            code="sign-in-network",
            retry_after=int(ACCOUNTS_WINDOW.total_seconds()),
        )
    if not throttles.take_sliding(guesser.counter, TRIES, WINDOW):
        raise TooMany(
            "Too many tries. Wait five minutes, then try again, or set a new password.",
            code="sign-in-throttled",
            retry_after=int(WINDOW.total_seconds()),
        )
    if not throttles.take_in_a_row(_row(guesser.counter), IN_A_ROW):
        raise TooMany(
            "Too many wrong passwords in a row. Only a mailed link opens this now: choose “Password forgotten?”.",
            code="sign-in-by-mail",
            retry_after=int(WINDOW.total_seconds()),
        )


def missed(guesser: Guesser) -> None:
    """It was wrong: the account is one more that this network fails at, counted once."""
    if not guesser.network:
        return
    start = throttles.window_start(ACCOUNTS_WINDOW)
    if insert_once(Throttle(key=f"{_accounts(guesser)}:{guesser.account}", window_start=start)):
        throttles.take_sliding(_accounts(guesser), ACCOUNTS, ACCOUNTS_WINDOW)


def hit(guesser: Guesser) -> None:
    """It was right: nothing counts."""
    throttles.give_back(guesser.counter, WINDOW)
    throttles.clear(_row(guesser.counter))


def forgive(account: str, person: object) -> None:
    """The person has set a new password by a mailed link: what was tried before counts no more."""
    for counter in (_of_strangers(account), signed_in(person).counter):
        throttles.clear(counter, _row(counter))


def _of_strangers(account: str) -> str:
    return f"guess:account:{account}"


def _row(counter: str) -> str:
    return f"{counter}:row"


def _accounts(guesser: Guesser) -> str:
    return f"guess:network:{guesser.network}"
