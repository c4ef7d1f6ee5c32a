"""Knows which website, e-mail address or e-mail domain a typed text means; pure, and never asks the network."""

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import ada_url
import idna
from email_validator import validate_email
from email_validator.rfc_constants import EMAIL_MAX_LENGTH, LOCAL_PART_MAX_LENGTH
from email_validator.syntax import validate_email_local_part
from publicsuffixlist import PublicSuffixList

from partner_access import known_hosts
from partner_access.known_hosts import DISPOSABLE_MAILBOXES, PUBLIC_MAILBOXES, is_brand

REFUSALS: dict[str, str] = {
    # websites
    "empty": "Enter the client's website, like example.com.",
    "too-long": "That is longer than any website address. Enter only the name, like example.com.",
    "spaces": "A website name has no spaces. Enter one website, like example.com.",
    "looks-like-email": "That is an e-mail address. Enter the website instead, like example.com.",
    "social-handle": "That looks like a social media name. Enter the client's own website, like example.com.",
    "wrong-scheme": "That does not start like a website. Enter only the name, like example.com.",
    "user-info": "That address holds a name or password before the @. Enter only the part after it, like example.com.",
    "bad-port": "Browsers do not open that port. Leave out the colon and the number after it.",
    "ip-address": "That is an IP address, which can change hands. Enter the website's name, like example.com.",
    "local-name": "That name works only inside one network. Enter the public website, like example.com.",
    "single-label": "The ending is missing. Enter the whole name, like example.com.",
    "empty-label": "There is a dot too many. Enter the name like example.com.",
    "name-too-long": "That name is longer than any website can have. Check it and enter it again.",
    "bad-characters": "A website name has letters, digits, hyphens and dots only, like example.com.",
    "idna": "That name has signs no website name may have. Enter it with letters and digits, like example.com.",
    "unreadable": "That is not a website a browser can open. Enter it like example.com.",
    "bare-public-suffix": "That is an ending many websites share. Enter the whole name, like example.co.uk.",
    "public-mailbox": "That is a mail provider, not a client's website. Enter the website, like example.com.",
    "path-tenant": "Many businesses share that site, so it cannot stand for one. Enter the client's own website.",
    "short-link": "That is a short link. Enter the website it leads to, like example.com.",
    "own-site": "That is your own website. Enter the client's website.",
    # e-mail addresses
    "email-empty": "Enter an e-mail address, like ana@example.com.",
    "email-too-long": "That is longer than an e-mail address can be. Check it and enter it again.",
    "email-no-at": "An e-mail address has an @ in it, like ana@example.com.",
    "email-several": "Enter one e-mail address only, like ana@example.com.",
    "email-display-name": "Enter the address alone, without the name, like ana@example.com.",
    "email-quoted": "Addresses with quotation marks cannot be used here. Enter one like ana@example.com.",
    "email-literal": "Enter a domain after the @, like example.com, not an IP address.",
    "email-letters": "Before the @ we can use plain letters and digits only, like ana@example.com.",
    "email-domain": "The part after the @ does not work for mail. Enter it like example.com.",
    "email-syntax": "Check the part before the @. An address looks like ana@example.com.",
    # domains an organization claims
    "domain-empty": "Enter the part of your addresses after the @, like example.com.",
    "domain-syntax": "Enter only the part after the @, like example.com.",
    "domain-ip": "An IP address cannot be claimed. Enter a domain, like example.com.",
    "domain-single-label": "The ending is missing. Enter the whole domain, like example.com.",
    "domain-local": "That domain works only inside one network. Enter a public domain, like example.com.",
    "domain-public-suffix": "That is an ending many organizations share. Enter your own domain, like example.co.uk.",
    "domain-public-mailbox": "Anyone can have a mailbox there, so it cannot stand for one organization.",
    "domain-disposable": "That domain gives out throw-away mailboxes, so it cannot stand for one organization.",
}


class Refused(ValueError):
    """Typed text that has no key: `code` for audit and tests, `sentence` to show beside the field."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = REFUSALS[code]

    def __str__(self) -> str:
        return self.sentence


class Address(NamedTuple):
    """One e-mail address: `email` to show and to mail (ASCII), `key` for identity, `local` and `domain` its halves."""

    email: str
    key: str
    local: str
    domain: str


class _Site(NamedTuple):
    key: str
    refusal: str = ""


_MAX_TEXT = 2_048
_MAX_DOMAIN = 253  # RFC 1035, without the final dot
_CACHED_HEAD = 256  # a longer one is no name; unbounded keys would let one client fill the cache with megabytes
_PUBLIC_SUFFIXES = PublicSuffixList()

# Around a pasted name: controls and white space as browsers strip them, byte order, zero-width and direction marks.
_EDGES = (
    "".join(map(chr, (*range(0x21), 0x7F, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200C), 0x200E, 0x200F, 0x2028, 0x2029)))
    + "\u202f\u205f\u2060\u3000\ufeff"
)
# WHATWG URL, "authority state": slash, backslash, ? or # end the part that names the host.
_HEAD = re.compile(r"(https?:)?([/\\]*)([^/\\?#]*)", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):(.*)", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"[a-z0-9_.\-]+")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_URL_PARTS = ("username", "password", "host_type", "port", "hostname")
_DOMAIN_MISTAKES = {
    "ip-address": "domain-ip",
    "single-label": "domain-single-label",
    "local-name": "domain-local",
    "bare-public-suffix": "domain-public-suffix",
}


def site_key(text: str, *, own_domains: Collection[str] = ()) -> str:
    """Return the canonical website key of `text` (PRODUCT.md section 4): an A-label registrable domain or tenant host.

    Browsers are the guide: the WHATWG URL parser reads the text, and what a browser cannot open is refused. Two things
    are stricter. The product asks for IDNA 2008, so a name with emoji or symbols (i❤.ws) is refused as "idna" although
    browsers map it by UTS 46; and the key's own labels must be letters, digits and inner hyphens, while labels left of
    it, which the key drops, may hold what the DNS allows. `own_domains` are the asking organization's domains; a site
    of one of them is refused as "own-site". Raises Refused and nothing else.
    """
    if len(text) > _MAX_TEXT:
        raise Refused("too-long")
    text = text.strip(_EDGES).replace("\t", "").replace("\n", "").replace("\r", "")
    head = _HEAD.match(text).group()  # type: ignore[union-attr]  # every part is optional: it always matches
    key, refusal = _read(head) if len(head) <= _CACHED_HEAD else _read.__wrapped__(head)
    if refusal:
        raise Refused(refusal)
    if len(text) > len(head) and _has_tenant_path(key, text[len(head) :]):
        raise Refused("path-tenant")
    if own_domains and any(_read(domain).key == key for domain in own_domains):
        raise Refused("own-site")
    return key


def display_site(key: str) -> str:
    """Return `key` as people write it (münchen.de for xn--mnchen-3ya.de), or `key` itself where that cannot be."""
    try:
        return idna.decode(key)
    except ValueError:
        return key


def address(text: str) -> Address:
    """Parse one e-mail address; the only parser of them, so that what was checked is what is used.

    RFC 5321 syntax without quoted or international local parts and without IP literals; 64 characters before the @, 254
    in all. `key` folds the local part's case: no provider in use tells Ana@ from ana@. Raises Refused("email-...").
    """
    text = text[: _MAX_TEXT + 1].strip(_EDGES)
    refusal = _plain_email_mistake(text)
    if refusal:
        raise Refused(refusal)
    local, _, typed_domain = text.rpartition("@")
    domain = _mail_domain(typed_domain)
    if not domain:
        raise Refused("email-domain")
    try:
        found = validate_email_local_part(local, allow_smtputf8=False, strict=True)["local_part"]
    except ValueError:
        raise Refused("email-too-long" if len(local) > LOCAL_PART_MAX_LENGTH else "email-syntax") from None
    email = f"{found}@{domain}"
    if len(email) > EMAIL_MAX_LENGTH:
        raise Refused("email-too-long")
    return Address(email=email, key=email.lower(), local=found, domain=domain)


def domain_key(text: str) -> str:
    """Return the e-mail domain an organization claims, as a lower-case A-label; an @ in front is allowed.

    Never claimable (PRODUCT.md section 2): public and disposable mailbox providers, public suffixes with the private
    section, IP addresses, single labels. Raises Refused("domain-...").
    """
    text = text[: _MAX_TEXT + 1].strip(_EDGES).removeprefix("@").removesuffix(".")
    if not text:
        raise Refused("domain-empty")
    domain = "" if "@" in text or len(text) > _MAX_DOMAIN else _mail_domain(text)
    if not domain:
        raise Refused(_DOMAIN_MISTAKES.get(_read(text[:_CACHED_HEAD]).refusal, "domain-syntax"))
    if _registrable(domain) is None:
        raise Refused("domain-public-suffix")
    if is_public_mailbox(domain):
        raise Refused("domain-public-mailbox")
    if is_disposable(domain):
        raise Refused("domain-disposable")
    return domain


def is_public_mailbox(domain: str) -> bool:
    """Whether anyone may open a mailbox at this A-label domain or at one above it (gmail.com, yahoo.co.uk)."""
    brands = known_hosts.PUBLIC_MAILBOX_BRANDS
    return any(name in PUBLIC_MAILBOXES or is_brand(name, brands) for name in parent_domains(domain))


def is_disposable(domain: str) -> bool:
    """Whether this A-label domain, or any above it, gives out throw-away mailboxes (mailinator.com)."""
    return any(name in DISPOSABLE_MAILBOXES for name in _upwards(_plain(domain)))


def is_role_mailbox(local: str) -> bool:
    """Whether the part before the @ (and before a +) names a desk, not a person: info, support, billing (RFC 2142)."""
    return local.partition("+")[0].lower() in known_hosts.ROLE_MAILBOXES


def parent_domains(domain: str) -> list[str]:
    """Return `domain` and those above it, most specific first, down to the registrable one; itself if there is none."""
    name = _plain(domain)
    last = _registrable(name) or name
    return [above for above in _upwards(name) if above == name or len(above) >= len(last)]


def same_site_domain(domain: str) -> str:
    """Return the site an e-mail domain belongs to, for "own use" checks: its registrable domain, else itself."""
    name = _plain(domain)
    return _registrable(name) or name


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
    if url["port"] in known_hosts.BLOCKED_PORTS:
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
    if len(host) > _MAX_DOMAIN or max(map(len, labels)) > 63:
        return _refuse("name-too-long")
    if labels[-1] in known_hosts.RESERVED_ENDINGS:
        return _refuse("local-name")
    if len(labels) == 1:
        return _refuse("single-label")
    if "xn--" in host and not _is_idna(host):
        return _refuse("idna")
    key = _registrable(host)
    if key is None or (key == host and labels[0] == "www" and len(labels) > 2):  # www.github.io is no tenant
        return _refuse("bare-public-suffix")
    if any(label[0] == "-" or label[-1] == "-" or "_" in label for label in key.split(".")):
        return _refuse("bad-characters")
    return _Site(key, _stands_for_many(host, key))


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
    if key in PUBLIC_MAILBOXES or is_brand(key, known_hosts.PUBLIC_MAILBOX_BRANDS):
        return "public-mailbox"
    if key in known_hosts.SHORT_LINKS:
        return "short-link"
    if key in known_hosts.PATH_TENANTS or is_brand(key, known_hosts.PATH_TENANT_BRANDS):
        return "path-tenant"
    return "path-tenant" if host.removeprefix("www.") in known_hosts.PATH_TENANT_HOSTS else ""


def _has_tenant_path(key: str, rest: str) -> bool:
    """Whether the path behind a company's own name leads to one of its tenants (medium.com/@ana, google.com/maps)."""
    is_google = is_brand(key, known_hosts.GOOGLE)
    if not is_google and key not in known_hosts.OWN_ROOT_ONLY:
        return False
    path = re.split("[?#]", rest, maxsplit=1)[0].replace("\\", "/").lower()
    return path.startswith(known_hosts.GOOGLE_PATHS) if is_google else path.strip("/") != ""


@lru_cache(maxsize=16_384)
def _registrable(name: str) -> str | None:
    """Return the registrable domain, one label longer on our own shared hosts; None for a public suffix."""
    found = _PUBLIC_SUFFIXES.privatesuffix(name)
    if found is None:
        return None
    bare = name.removeprefix("www.")
    if bare in known_hosts.SHARED_HOSTS:
        return bare
    above = _upwards(name)
    tenants = [tenant for tenant, host in pairwise(above) if host in known_hosts.SHARED_HOSTS]
    return max([found, *tenants], key=len)


@lru_cache(maxsize=16_384)
def _mail_domain(typed: str) -> str:
    """Return the A-label domain that stands behind the @, or '' when mail cannot go there."""
    try:
        # test_environment only lets .test through, see RESERVED_ENDINGS
        found = validate_email(f"a@{typed}", check_deliverability=False, test_environment=True).ascii_domain
    except ValueError:
        return ""
    return "" if "." not in found or found.rpartition(".")[2] in known_hosts.RESERVED_ENDINGS else found


def _plain_email_mistake(text: str) -> str:
    """Return the code of a mistake in an address that can be named without parsing it, or ''."""
    local, _, domain = text.rpartition("@")
    mistakes = {
        "email-empty": not text,
        "email-too-long": len(text) > EMAIL_MAX_LENGTH,
        "email-no-at": "@" not in text,
        "email-display-name": "<" in text or ">" in text,
        "email-quoted": '"' in text,
        "email-several": "@" in local,
        "email-literal": domain.startswith("["),
        "email-letters": not local.isascii(),
    }
    return next((code for code, made in mistakes.items() if made), "")


def _plain(domain: str) -> str:
    return domain.lower().removesuffix(".")


def _upwards(name: str) -> list[str]:
    """Return a domain and every domain above it: a.b.c, b.c, c."""
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]
