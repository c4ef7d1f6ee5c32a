"""Knows which e-mail address or e-mail domain a typed text means; pure, and never asks the network."""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from email_validator import validate_email
from email_validator.rfc_constants import EMAIL_MAX_LENGTH, LOCAL_PART_MAX_LENGTH
from email_validator.syntax import validate_email_local_part

from partner_access.keys import endings, shared_hosts
from partner_access.keys.access_providers import ACCESS_PROVIDERS
from partner_access.keys.mistakes import Refused
from partner_access.keys.shared_hosts import DISPOSABLE_MAILBOXES, PUBLIC_MAILBOXES, is_brand
from partner_access.keys.sites import LONGEST_DOMAIN, LONGEST_TEXT, mistake_in, registrable, trim, upwards

_DOMAIN_MISTAKES = {
    "ip-address": "domain-ip",
    "single-label": "domain-single-label",
    "local-name": "domain-local",
    "no-such-ending": "domain-ending",
    "bare-public-suffix": "domain-public-suffix",
}


_MAILTO = re.compile(r"mailto:(?://)?", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"<\s*([^<>\s]*@[^<>\s]*)\s*>")
_REMARK = re.compile(r"\([^)]*\)")
# What people and programs write where there is nothing.
_NOTHING = re.compile(
    r"[\W_]*(?:#?n\s*[./]?\s*a\.?|#n/v|none|null|nil|nan|unknown|undefined|empty|missing|no e-?mail|not available|tbd|"
    r"k\.?\s?a\.?|keine?|unbekannt|x+|0)?[\W_]*",
    re.IGNORECASE,
)


class Address(NamedTuple):
    """One e-mail address: `email` to show and to mail (ASCII), `key` for identity, `local` and `domain` its halves."""

    email: str
    key: str
    local: str
    domain: str


def address(text: str, *, field: str = "email") -> Address:
    """Parse one e-mail address; the only parser of them, so that what was checked is what is used.

    RFC 5321 syntax without quoted or international local parts and without IP literals; 64 characters before the @, 254
    in all. `key` folds the local part's case: no provider in use tells Ana@ from ana@. Raises Refused
    ("email-…") at `field`.
    """
    text = trim(text[: LONGEST_TEXT + 1])
    refusal = _plain_email_mistake(text)
    if refusal:
        raise Refused(refusal, field)
    local, _, typed_domain = text.rpartition("@")
    domain = _mail_domain(typed_domain)
    if not domain:
        raise Refused("email-domain", field)
    if not endings.exists(domain.rpartition(".")[2]):
        near = endings.nearest(domain)
        raise Refused("email-ending", field, nearest=f"{local}@{near}" if near else "")
    try:
        found = validate_email_local_part(local, allow_smtputf8=False, strict=True)["local_part"]
    except ValueError:
        code = "email-too-long" if len(local) > LOCAL_PART_MAX_LENGTH else "email-syntax"
        raise Refused(code, field) from None
    email = f"{found}@{domain}"
    if len(email) > EMAIL_MAX_LENGTH:
        raise Refused("email-too-long", field)
    return Address(email=email, key=email.lower(), local=found, domain=domain)


def meant(text: str) -> tuple[str, str | None]:
    """The address that a cell means ('' for none), and a sentence where it holds what cannot be read.

    People write "n/a", a name around the address, a link that opens the mail program, or several addresses: the first
    one is the owner's.
    """
    plain = _MAILTO.sub("", trim(unquote(text) if "%40" in text else text))
    if _NOTHING.fullmatch(plain):
        return "", None
    found = _IN_BRACKETS.findall(plain) or re.split(r"\s*[,;|/\s]\s*", _REMARK.sub("", plain).strip(" ,;|/"))
    if not all("@" in part for part in found):  # of "ben ode@acme.com" nobody knows whose mailbox it is
        found = [plain]
    try:
        first, rest = address(found[0].partition("?")[0]).email, found[1:]
    except Refused as refusal:
        return "", f"The e-mail address “{_cut(plain)}” was left out. {refusal.sentence}"
    return first, f"Of the e-mail addresses “{_cut(plain)}” the first was taken." if rest else None


def _cut(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:99]}…"


def domain_key(text: str) -> str:
    """Return the e-mail domain an organization claims, as a lower-case A-label; an @ in front is allowed.

    Never claimable (docs/access.md): public and disposable mailbox providers, and what mail_domain() refuses.
    Raises Refused("domain-...").
    """
    domain = mail_domain(text)
    if is_public_mailbox(domain):
        raise Refused("domain-public-mailbox")
    if is_disposable(domain):
        raise Refused("domain-disposable")
    if domain.startswith("www.") and registrable(domain) != domain:
        raise Refused("domain-www", nearest=domain.removeprefix("www."))
    return domain


def mail_domain(text: str, field: str = "") -> str:
    """Return the e-mail domain that a text names, whoever's it is, as a lower-case A-label; an @ in front is allowed.

    Public suffixes with the private section, IP addresses and single labels are none: Refused("domain-...") at `field`.
    """
    text = trim(text[: LONGEST_TEXT + 1]).removeprefix("@").removesuffix(".")
    if not text:
        raise Refused("domain-empty", field)
    domain = "" if "@" in text or len(text) > LONGEST_DOMAIN else _mail_domain(text)
    if not domain:
        raise Refused(_DOMAIN_MISTAKES.get(mistake_in(text), "domain-syntax"), field)
    if not endings.exists(domain.rpartition(".")[2]):
        raise Refused("domain-ending", field, nearest=endings.nearest(domain))
    if registrable(domain) is None:
        raise Refused("domain-public-suffix", field)
    return domain


def is_public_mailbox(domain: str) -> bool:
    """Whether anyone may open a mailbox at this A-label domain or at one above it (gmail.com, yahoo.co.uk)."""
    names, brands = parent_domains(domain), shared_hosts.PUBLIC_MAILBOX_BRANDS
    return any(name in PUBLIC_MAILBOXES or name in ACCESS_PROVIDERS or is_brand(name, brands) for name in names)


def is_disposable(domain: str) -> bool:
    """Whether this A-label domain, or any above it, gives out throw-away mailboxes (mailinator.com)."""
    return any(name in DISPOSABLE_MAILBOXES for name in upwards(_plain(domain)))


def parent_domains(domain: str) -> list[str]:
    """Return `domain` and those above it, most specific first, down to the registrable one; itself if there is none."""
    name = _plain(domain)
    last = registrable(name) or name
    return [above for above in upwards(name) if above == name or len(above) >= len(last)]


def same_site_domain(domain: str) -> str:
    """Return the site an e-mail domain belongs to, for "own use" checks: its registrable domain, else itself."""
    name = _plain(domain)
    return registrable(name) or name


@lru_cache(maxsize=16_384)
def _mail_domain(typed: str) -> str:
    """Return the A-label domain that stands behind the @, or '' when mail cannot go there."""
    try:
        # test_environment only lets .test through, see RESERVED_ENDINGS
        found = validate_email(f"a@{typed}", check_deliverability=False, test_environment=True).ascii_domain
    except ValueError:
        return ""
    return "" if "." not in found or found.rpartition(".")[2] in shared_hosts.RESERVED_ENDINGS else found


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
        "email-encoded": "=?" in local and "?=" in text,
        "email-letters": not local.isascii(),
    }
    return next((code for code, made in mistakes.items() if made), "")


def _plain(domain: str) -> str:
    return domain.lower().removesuffix(".")
