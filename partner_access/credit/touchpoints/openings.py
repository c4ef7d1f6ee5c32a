"""What a request for a landing page says of itself: whether it is a visit, and what is kept as evidence. Pure.

It is read from the WSGI environment, so that whoever answers the page, Flask or the fast path, reads the same.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

PROGRAMS = {"http-library", "browser-automation"}
"""Tags of crawler-user-agents that are no crawlers: programs that somebody runs, such as a vendor's own pages."""
PAGE = "document"
"""The Sec-Fetch-Dest of what a browser shows as a page of its own (W3C Fetch Metadata). A frame is none: it may be
hidden, and this page refuses to be in one."""
AHEAD = ("prefetch", "prerender", "preview")
"""What Sec-Purpose and Purpose say of a page that is loaded in case somebody opens it."""
CLICK_IDS = {"gclid", "gbraid", "wbraid", "dclid", "msclkid"}
"""Parameters that an advertisement adds to the address."""
HOST = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){0,9}")
SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class OpeningEvidence:
    """What is kept of an opening: the columns of the same names in Visit."""

    referrer_host: str | None = None
    names_source: bool = False
    fetch_destination: str | None = None


def is_visit(environ: Mapping[str, Any]) -> bool:
    """Whether somebody opens the page: no preview of the partner's, no picture, nothing loaded ahead, no crawler."""
    if environ["REQUEST_METHOD"] != "GET" or environ.get("HTTP_SEC_FETCH_DEST", PAGE) not in ("", PAGE):
        return False
    purpose = f"{environ.get('HTTP_SEC_PURPOSE', '')} {environ.get('HTTP_PURPOSE', '')}".lower()
    is_ahead = purpose != " " and any(word in purpose for word in AHEAD)
    return not is_ahead and not is_preview(environ) and not is_bot(environ.get("HTTP_USER_AGENT", ""))


def is_preview(environ: Mapping[str, Any]) -> bool:
    """Whether a partner looks at what clients see."""
    return "preview" in _parameters(environ)


def evidence(environ: Mapping[str, Any]) -> OpeningEvidence:
    """What an opening leaves as evidence for later."""
    named = any(name in CLICK_IDS or name.startswith("utm_") for name in _parameters(environ))
    destination = environ.get("HTTP_SEC_FETCH_DEST") or None
    return OpeningEvidence(_host(environ.get("HTTP_REFERER", "")), named, destination)


def _parameters(environ: Mapping[str, Any]) -> set[str]:
    query = environ.get("QUERY_STRING", "")
    return {name.lower() for name, _ in parse_qsl(query, keep_blank_values=True)} if query else set()


@lru_cache(maxsize=4096)
def _host(referrer: str) -> str | None:
    """The host of the page that led here; the rest of its address is nobody's business."""
    try:
        host = urlsplit(referrer).hostname or ""
    except ValueError:
        return None
    return host if HOST.fullmatch(host) else None


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


def known_secret(cookie: str | None) -> str | None:
    """The secret that a browser was given when it opened a link before; None for any text that we never gave."""
    return cookie if cookie and SECRET.fullmatch(cookie) else None


@lru_cache(maxsize=4096)
def network(address: str) -> bytes | None:
    """The /24 of an IPv4 address, the /48 of an IPv6 one; None for a text that is neither."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return parsed.packed[: 3 if parsed.version == 4 else 6]
