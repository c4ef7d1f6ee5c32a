"""Knows what is meant by a link, a code or an id that was changed on its way; pure.

Whatever carries a link may add to its end (a full stop, a bracket, `%20`, `&utm_source=x`), put signs around it, wrap
it into another link, or write it in capitals: mail programs, chats, office programs and people.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from urllib.parse import unquote

LONGEST_CODE = 100
# A code, and after it signs of a sentence, or what no code has and all that follows; never a second word.
_CODE = re.compile(r"(?!\w+://)[\W_]*([A-Za-z0-9][A-Za-z0-9-]*)(?:[\W_]*|[\W_]*?[/\\?#&=%<>\"'].*)", re.DOTALL)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_OF_LINK = re.compile(r"(?:^|/)r/+([^/?#\s]+)", re.IGNORECASE)
_OF_PARAMETER = re.compile(r"(?:^|[?&\s])(referral|visit|ref)=([^&#\s]+)", re.IGNORECASE)

_OPENED = re.compile(r"/[\s<(\[{\"'“‘«*]+(?=\w)")
# What no address of ours has in its path, so that all from there on is somebody else's.
_FOREIGN = re.compile(r"[\s<>()\[\]{}\"'“”‘’«»*|\\&=%;?#,!…]")
# A secret, or signed text, which both have a length, and signs of emphasis that a secret may end with too.
_EMPHASIZED = re.compile(r"(/(?:[\w-]{43}|\.?[\w-]+\.[\w-]{6}\.[\w-]{27}))[_~-]+(?=/|$)", re.ASCII)


def identity(text: str) -> str:
    """An id as it is kept and compared: trimmed, without signs that nobody sees, in NFC.

    What looks the same is the same: a zero-width space that a spreadsheet took over from a web page makes no other id.
    """
    return _seen(unicodedata.normalize("NFC", text)).strip()


def code(text: str) -> str:
    """The code of a referral link, in lower case, from what stands in its place; '' where none can be meant."""
    found = _CODE.fullmatch(_decoded(text))
    meant = found[1].rstrip("-").lower() if found else ""
    return meant if len(meant) <= LONGEST_CODE else ""


def referral(text: str) -> str:
    """What a cell for a referral names: the token of a visit, or the code of a link; '' where it can be neither.

    People put the whole link there, its path, the page that it led to, or the code with what came along.
    """
    text = _decoded(text).strip(" <>()[]{}\"'.,;:")
    named = _OF_PARAMETER.findall(text)
    for part in (text, *(part for _, part in named)):
        if token := _TOKEN.fullmatch(part):
            return token[0]
    found = {code(part) for part in _OF_LINK.findall(text)}
    found = found or {code(part) for name, part in named if name.lower() != "visit"} or {code(text)}
    return found.pop() if len(found) == 1 else ""  # of several, none can be chosen


def path(text: str) -> str:
    """The path that is meant by one that a carrier has added to; the same where nothing was added."""
    text = re.sub("/{2,}", "/", _OPENED.sub("/", _seen(text)))  # two in front would name another host
    whole = _FOREIGN.split(text, maxsplit=1)[0].rstrip("/.:")
    return _EMPHASIZED.sub(r"\1", whole) or "/"


def _decoded(text: str) -> str:
    for _ in range(2):  # a link in a link is encoded twice
        text = unescape(unquote(text))
    return _seen(unicodedata.normalize("NFKC", text))


def _seen(text: str) -> str:
    """The text without what nobody sees: zero-width, direction and byte order marks, soft hyphens."""
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
