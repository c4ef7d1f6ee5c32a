"""Knows which website a typed text means: the site key (docs/sites.md); pure, and never asks the network."""

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import ada_url
import idna
from publicsuffixlist import PublicSuffixList

from partner_access.keys import endings, shared_hosts, wrappers
from partner_access.keys.mistakes import Refused
from partner_access.keys.shared_hosts import PUBLIC_MAILBOXES, is_brand


class _Site(NamedTuple):
    """What the part of an address up to its path is: the key, or the code of a refusal and the name that may be meant.

    host: the whole name, where it is well-formed.
    """

    key: str
    refusal: str = ""
    host: str = ""
    nearest: str = ""


LONGEST_TEXT = 2_048
LONGEST_DOMAIN = 253  # RFC 1035, without the final dot
_WRAPPED = 5  # so many wrappers around each other are taken off
_CACHED_HEAD = 256  # a longer one is no name; unbounded keys would let one client fill the cache with megabytes
_PUBLIC_SUFFIXES = PublicSuffixList()

# Around a pasted name: controls and white space as browsers strip them, byte order, zero-width and direction marks.
_EDGES = (
    "".join(map(chr, (*range(0x21), 0x7F, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200C), 0x200E, 0x200F, 0x2028, 0x2029)))
    + "\u202f\u205f\u2060\u3000\ufeff"
)
# What sentences, mails and lists put around a website.
_BRACKETS = '<>()"“”„«»‘’,;'
# WHATWG URL, "authority state": slash, backslash, ? or # end the part that names the host.
_HEAD = re.compile(r"(https?:)?([/\\]*)([^/\\?#]*)", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):(.*)", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"[a-z0-9_.\-]+")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_URL_PARTS = ("username", "password", "host_type", "port", "hostname")


def site_key(text: str, *, own_domains: Collection[str] = (), field: str = "website") -> str:
    """Return the canonical website key of `text` (docs/sites.md): an A-label registrable domain or tenant host.

    Browsers are the guide: the WHATWG URL parser reads the text, and what a browser cannot open is refused. Two things
    are stricter. The product asks for IDNA 2008, so a name with emoji or symbols (i❤.ws) is refused as "idna" although
    browsers map it by UTS 46; and the key's own labels must be letters, digits and inner hyphens, while labels left of
    it, which the key drops, may hold what the DNS allows. What stands around another address (a link protector, an
    archive) means that one, and a back office the tenant that it names. `own_domains` are the asking organization's
    domains; a site of one of them is refused as "own-site". Raises Refused, at `field`, and nothing else.
    """
    if len(text) > LONGEST_TEXT:
        raise Refused("too-long", field)
    site = _site(text, _WRAPPED)
    if site.refusal:
        raise Refused(site.refusal, field, nearest=site.nearest)
    if own_domains and any(_read(domain).key == site.key for domain in own_domains):
        raise Refused("own-site", field)
    return site.key


def _site(text: str, wrapped: int) -> _Site:
    """Judge a whole address; wrapped: how many wrappers may still stand around it."""
    text = trim(text, _BRACKETS).replace("\t", "").replace("\n", "").replace("\r", "")
    head = _HEAD.match(text).group()  # type: ignore[union-attr]  # every part is optional: it always matches
    site, rest = _read(head) if len(head) <= _CACHED_HEAD else _read.__wrapped__(head), text[len(head) :]
    meant = wrappers.meant(upwards(site.host), rest) if site.host else None
    if meant and meant.refusal:
        return _refuse(meant.refusal)
    if meant:
        return _site(meant.text, wrapped - 1) if wrapped else _refuse("wrapped-link")
    return _refuse("path-tenant") if site.key and rest and _has_tenant_path(site.key, rest) else site


def trim(text: str, more: str = "") -> str:
    """Strip what stands around a pasted name: white space, controls, byte order, zero-width and direction marks."""
    return text.strip(_EDGES + more)


def mistake_in(name: str) -> str:
    """Return the code of the mistake that makes `name` no website name, or ''."""
    return _read(name[:_CACHED_HEAD]).refusal


def display_site(key: str) -> str:
    """Return `key` as people write it (münchen.de for xn--mnchen-3ya.de), or `key` itself where that cannot be."""
    try:
        return idna.decode(key)
    except ValueError:
        return key


@lru_cache(maxsize=16_384)
def _read(head: str) -> _Site:
    """Judge the part of a typed address up to its path: scheme, slashes, user info, host, port."""
    scheme, slashes, authority = _HEAD.match(head).groups()  # type: ignore[union-attr]
    if not authority:
        return _refuse("empty")
    refusal = "" if scheme or slashes else _other_than_website(authority)
    if refusal:
        return _refuse(refusal)
    try:
        # the slash keeps a space at the end inside the host, where it is a mistake, instead of around the address
        url = ada_url.parse_url(f"{head}/" if scheme else f"https://{authority}/", _URL_PARTS)
    except ValueError:
        return _refuse(_why_unreadable(authority))
    if url["username"] or url["password"]:
        return _refuse("user-info")
    if url["host_type"] != ada_url.HostType.DEFAULT:
        return _refuse("ip-address")
    if url["port"] in shared_hosts.BLOCKED_PORTS:
        return _refuse("bad-port")
    return _judge(url["hostname"].removesuffix("."))


def _refuse(code: str) -> _Site:
    return _Site(key="", refusal=code)


def _other_than_website(text: str) -> str:
    """Return why scheme-less text is no website but a mail address, a handle or another scheme; '' if it may be one.

    acme.com:8080 is a host with a port although a URL parser would take it for a scheme; a real scheme has no dot.
    """
    match = _SCHEME.match(text)
    if match and "." not in match[1] and not (match[1].lower() == "localhost" and match[2].isdigit()):
        return "wrong-scheme"
    if text.startswith("@"):
        return "social-handle"
    return "looks-like-email" if "@" in text or "\uff20" in text else ""


def _why_unreadable(authority: str) -> str:
    """Return the likeliest mistake in an authority that the URL parser refused."""
    plain = unicodedata.normalize("NFKC", authority).lower()
    host, colon, _ = authority.rpartition(":")
    if any(sign.isspace() for sign in authority):
        return "spaces"
    if "[" in plain or "]" in plain:
        return "ip-address"
    if colon and ada_url.check_url(f"https://{host}/"):
        return "bad-port"
    if _NUMBER.fullmatch(plain.rpartition("@")[2].partition(":")[0].rstrip(".").rpartition(".")[2]):
        return "ip-address"
    if not authority.isascii() or "xn--" in plain:
        return "idna"
    return "unreadable" if _HOST.fullmatch(plain.replace("%", "").replace(":", "")) else "bad-characters"


def _judge(host: str) -> _Site:
    """Judge a host name as the URL parser wrote it: lower-case ASCII, without the final dot."""
    labels = host.split(".")
    if not all(labels):
        return _refuse("empty-label")
    if not _HOST.fullmatch(host):
        return _refuse("bad-characters")
    if len(host) > LONGEST_DOMAIN or max(map(len, labels)) > 63:
        return _refuse("name-too-long")
    if labels[-1] in shared_hosts.RESERVED_ENDINGS:
        return _refuse("local-name")
    if len(labels) == 1:
        return _refuse("single-label")
    if "xn--" in host and not _is_idna(host):
        return _refuse("idna")
    if not endings.exists(labels[-1]):
        return _no_such_ending(host)
    key = registrable(host)
    if key is None or (key == host and labels[0] == "www" and len(labels) > 2):  # www.github.io is no tenant
        return _refuse("bare-public-suffix")
    if any(label[0] == "-" or label[-1] == "-" or "_" in label for label in key.split(".")):
        return _refuse("bad-characters")
    refusal = _stands_for_many(host, key)
    return _Site("" if refusal else key, refusal, host)


def _no_such_ending(host: str) -> _Site:
    near = endings.nearest(host)
    key = _judge(near).key if near else ""
    return _Site("", "no-such-ending", nearest=near if key == near else key)


def _is_idna(host: str) -> bool:
    """Whether every A-label is IDNA 2008, the labels fit beside each other, and a browser would encode them so.

    The URL parser does not look into hosts that arrive as ASCII, so it is given the decoded name. RFC 5893: one
    right-to-left label binds its neighbours too, else 1.אב.com and אב.1.com would be shown alike.
    """
    try:
        labels = [idna.ulabel(label) if label.startswith("xn--") else label for label in host.split(".")]
        decoded = ".".join(labels)
        if any(unicodedata.bidirectional(sign) in {"R", "AL", "AN"} for sign in decoded):
            for label in labels:
                idna.check_bidi(label, check_ltr=True)
        return ada_url.parse_url(f"https://{decoded}", ("hostname",))["hostname"] == host
    except ValueError:
        return False


def _stands_for_many(host: str, key: str) -> str:
    """Return why a well-formed name stands for no single business, or ''."""
    if key in PUBLIC_MAILBOXES or is_brand(key, shared_hosts.PUBLIC_MAILBOX_BRANDS):
        return "public-mailbox"
    if key in shared_hosts.SHORT_LINKS:
        return "short-link"
    if key in shared_hosts.PATH_TENANTS or is_brand(key, shared_hosts.PATH_TENANT_BRANDS):
        return "path-tenant"
    return "path-tenant" if host.removeprefix("www.") in shared_hosts.PATH_TENANT_HOSTS else ""


def _has_tenant_path(key: str, rest: str) -> bool:
    """Whether the path behind a company's own name leads to one of its tenants (medium.com/@ana, google.com/maps)."""
    is_google = is_brand(key, shared_hosts.GOOGLE)
    if not is_google and key not in shared_hosts.OWN_ROOT_ONLY:
        return False
    path = re.split("[?#]", rest, maxsplit=1)[0].replace("\\", "/").lower()
    return path.startswith(shared_hosts.GOOGLE_PATHS) if is_google else path.strip("/") != ""


@lru_cache(maxsize=16_384)
def registrable(name: str) -> str | None:
    """Return the registrable domain, one label longer on our own shared hosts; None for a public suffix."""
    found = _PUBLIC_SUFFIXES.privatesuffix(name)
    if found is None:
        return None
    bare = name.removeprefix("www.")
    if bare in shared_hosts.SHARED_HOSTS:
        return bare
    above = upwards(name)
    tenants = [tenant for tenant, host in pairwise(above) if host in shared_hosts.SHARED_HOSTS]
    return max([found, *tenants], key=len)


def upwards(name: str) -> list[str]:
    """Return a domain and every domain above it: a.b.c, b.c, c."""
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]
