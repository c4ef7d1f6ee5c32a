"""Visits: one opening of a referral link by a browser, tied to a later sign-up by a cookie and by a form token."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache

from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from sqlalchemy import select

from partner_access import signing
from partner_access.clock import now
from partner_access.credit.models import ReferralCode, Visit
from partner_access.credit.rules import versions
from partner_access.credit.touchpoints import links
from partner_access.db import session

COOKIE = "visitor"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def cookie_life() -> timedelta:
    """For how long a browser remembers what it opened: as long as that can count by the present rules."""
    return timedelta(days=versions.present().window_days)


def record(code: ReferralCode, browser_secret: str) -> str:
    """Store an opening; the token by which the form, or the vendor's sign-up page, names it."""
    token = signing.new_secret()
    session().add(
        Visit(
            org_id=code.org_id,
            code=code.code,
            token_fingerprint=signing.fingerprint(token),
            browser_fingerprint=signing.fingerprint(browser_secret),
            opened_at=now(),
        )
    )
    links.count_visit(code.code)
    return token


def find(token: str) -> Visit | None:
    """The visit of a token, or None for any other text."""
    if not TOKEN.fullmatch(token):
        return None
    return session().scalar(select(Visit).where(Visit.token_fingerprint == signing.fingerprint(token)))


def of_browser(browser_secret: str | None) -> Sequence[Visit]:
    """The visits of one browser within the window of the cookie, newest first, at most 50."""
    if not browser_secret:
        return []
    mine = Visit.browser_fingerprint == signing.fingerprint(browser_secret)
    statement = select(Visit).where(mine, Visit.opened_at >= now() - cookie_life())
    return session().scalars(statement.order_by(Visit.number.desc()).limit(50)).all()


PROGRAMS = {"http-library", "browser-automation"}
"""Tags of crawler-user-agents that are no crawlers: programs that somebody runs, such as a vendor's own pages."""


def _listed(are_programs: bool) -> re.Pattern[str]:
    entries = (
        entry for entry in CRAWLER_USER_AGENTS_DATA if bool(PROGRAMS & set(entry.get("tags", []))) == are_programs
    )
    return re.compile("|".join(entry["pattern"] for entry in entries))


_PROGRAM, _CRAWLER = _listed(are_programs=True), _listed(are_programs=False)
# What no list is complete of says it in its name: previews of office programs and chats, scanners of mail.
_MACHINE = re.compile(
    r"preview|(?<!cu)bot\b|crawl|spider|scrap|scann?er|unfurl|safe ?links|url ?defen[cs]e|click-?time|mail ?proxy|"
    r"ms-?office|microsoft (?:office|outlook)|facebookexternal|headless ?mail",
    re.IGNORECASE,
)
# A browser names its engine; what only calls itself Mozilla, or anything else, is none.
_BROWSER = re.compile(
    r"(?:Mozilla|Opera)/.*(?:AppleWebKit|Gecko/|Trident|MSIE|Presto)|(?:Lynx|w3m|E?Links|Dillo|NetSurf)\b"
)
# Beside an engine it is the app in which a person opens the link; alone it is the app's preview, which the list has.
_IN_APP = re.compile(r"(?<=[ ;])(?:WhatsApp|Viber|Notion|Pinterest|LinkedInApp|Snapchat|Slack_SSB|Discord)/[\w.]+")


@lru_cache(maxsize=4096)
def is_bot(agent: str) -> bool:
    """Whether a User-Agent is a crawler's, a link preview's or a scanner's, or missing: no person's, and no program's
    that somebody runs. In-app browsers are people's."""
    is_browser = _BROWSER.match(agent) is not None
    named = _IN_APP.sub("", agent) if is_browser else agent
    if _CRAWLER.search(named) or _MACHINE.search(named):
        return True
    return not is_browser and _PROGRAM.search(agent) is None
