"""Configuration: read from the environment once, checked whole, told in one sentence per mistake."""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

INSTANCE = Path(__file__).parent / "instance"
TRUE, FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


class ConfigurationError(Exception):
    """Every mistake found, one sentence each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def load(environ: Mapping[str, str], instance: Path = INSTANCE) -> dict[str, Any]:
    """Flask's configuration from environment variables (README, "Configuration"). Raises ConfigurationError."""
    mistakes: list[str] = []
    get = {name: environ.get(name, "").strip() for name in environ}.get
    demo = _flag("DEMO", get("DEMO", ""), mistakes)
    port = _number("PORT", get("PORT") or "8000", 1, 65535, mistakes)
    base_url = _base_url(get("BASE_URL") or (f"http://localhost:{port}" if demo else ""))
    settings = {
        "DEMO": demo,
        "SECRET_KEY": get("SECRET_KEY") or (_demo_secret(instance) if demo else ""),
        "SECRET_KEY_FALLBACKS": [key.strip() for key in (get("SECRET_KEY_FALLBACKS") or "").split(",") if key.strip()],
        "BASE_URL": base_url,
        "PROGRAMME_NAME": get("PROGRAMME_NAME") or ("Meridian" if demo else "Partner Programme"),
        "SIGNUP_URL": get("SIGNUP_URL") or "",
        "LANDING_FAST_PATH": _flag("LANDING_FAST_PATH", get("LANDING_FAST_PATH") or "1", mistakes),
        "TRUSTED_PROXIES": _number("TRUSTED_PROXIES", get("TRUSTED_PROXIES") or "0", 0, 10, mistakes),
        "SQLALCHEMY_DATABASE_URI": _database(get("DATABASE_URL") or "", instance, mistakes),
        "MAIL_SERVER": get("MAIL_SERVER") or "",
        "MAIL_PORT": _number("MAIL_PORT", get("MAIL_PORT") or "25", 1, 65535, mistakes),
        "MAIL_USERNAME": get("MAIL_USERNAME") or None,
        "MAIL_PASSWORD": get("MAIL_PASSWORD") or None,
        "MAIL_USE_TLS": _flag("MAIL_USE_TLS", get("MAIL_USE_TLS", ""), mistakes),
        "MAIL_BOUNCES": get("MAIL_BOUNCES") or "",
        "WEBHOOK_NETWORKS": _networks(get("WEBHOOK_NETWORKS") or "", mistakes),
        "DNS_NAMESERVER": _nameserver(get("DNS_NAMESERVER") or "", mistakes),
    }
    settings["MAIL_DEFAULT_SENDER"] = (
        get("MAIL_DEFAULT_SENDER") or f"partners@{urlsplit(base_url).hostname or 'localhost'}"
    )
    _check_secret(settings, mistakes)
    _check_urls(settings, mistakes)
    _check_mail(settings, mistakes)
    if mistakes:
        raise ConfigurationError(mistakes)
    return settings | _derived(settings)


def _derived(settings: Mapping[str, Any]) -> dict[str, Any]:
    base = urlsplit(settings["BASE_URL"])
    secure = base.scheme == "https"
    hosts = [base.hostname, "localhost", "127.0.0.1", "[::1]"] if settings["DEMO"] else [base.hostname]
    return {
        "TRUSTED_HOSTS": hosts,
        "PREFERRED_URL_SCHEME": base.scheme,
        "SESSION_COOKIE_NAME": "__Host-portal" if secure else "portal",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": 256 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,  # a form is good for as long as its session
        "WTF_CSRF_SSL_STRICT": False,  # pages with secrets send no Referer; guard.py checks Origin instead
        "SQLALCHEMY_ENGINE_OPTIONS": _engine(settings["SQLALCHEMY_DATABASE_URI"]),
    }


def _engine(uri: str) -> dict[str, Any]:
    # An error that is logged must not take addresses and hashes along.
    options: dict[str, Any] = {"hide_parameters": True, "json_deserializer": orjson.loads}
    if uri.startswith("sqlite"):
        return options
    return options | {
        "pool_pre_ping": True,  # the database may have restarted since
        "connect_args": {
            "prepare_threshold": None,  # PgBouncer gives each transaction another connection, which knows no statement
            "connect_timeout": 10,
            "keepalives_idle": 30,
            "tcp_user_timeout": 30_000,  # ms; a firewall forgets idle connections and tells nobody
        },
    }


def _base_url(text: str) -> str:
    """The address people open as browsers name it: no case, no final slash or dot."""
    scheme, separator, rest = text.rstrip("/").partition("://")
    host, colon, port = rest.lower().partition(":") if "[" not in rest else (rest.lower(), "", "")
    is_usual = (scheme.lower(), port) in {("http", "80"), ("https", "443")}
    return f"{scheme.lower()}{separator}{host.removesuffix('.')}{'' if is_usual else colon + port}" if host else text


def _flag(name: str, value: str | None, mistakes: list[str]) -> bool:
    if (value or "").lower() in TRUE | FALSE:
        return (value or "").lower() in TRUE
    mistakes.append(f"{name} is {value!r}: use 1 or 0.")
    return False


def _number(name: str, value: str, low: int, high: int, mistakes: list[str]) -> int:
    if value.isascii() and value.isdigit() and low <= int(value) <= high:
        return int(value)
    mistakes.append(f"{name} is {value!r}: use a whole number from {low} to {high}.")
    return low


def _database(url: str, instance: Path, mistakes: list[str]) -> str:
    if not url:
        instance.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{instance / 'portal.sqlite3'}"
    scheme, _, rest = url.partition("://")
    if scheme in {"postgres", "postgresql", "postgresql+psycopg"} and rest:
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite" and rest.strip("/") and ":memory:" not in rest:
        return url
    mistakes.append("DATABASE_URL must start with postgresql:// or be sqlite:/// and the path of a file.")
    return "sqlite://"


def _nameserver(text: str, mistakes: list[str]) -> tuple[str, int] | None:
    """The IP address and port of the name server to ask, or None for the machine's own resolver."""
    if not text:
        return None
    try:
        parts = urlsplit(f"//{text}" if text.count(":") < 2 or text.startswith("[") else f"//[{text}]")
        return str(ipaddress.ip_address(parts.hostname or "")), parts.port or 53
    except ValueError:
        mistakes.append(f"DNS_NAMESERVER is {text!r}: use an IP address, with a port if it is not 53: 192.0.2.1:5353.")
        return None


def _networks(text: str, mistakes: list[str]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """The networks to which webhooks may be posted although they are not public."""
    try:
        return [ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError as error:
        mistakes.append(f"WEBHOOK_NETWORKS: {error}. Use networks, separated by commas: 10.20.0.0/16, 127.0.0.1/32.")
        return []


def _demo_secret(instance: Path) -> str:
    """A generated secret, kept in the instance folder; server and worker may both be first."""
    instance.mkdir(parents=True, exist_ok=True)
    path = instance / "demo-secret-key"
    fresh = instance / f"demo-secret-key.{os.getpid()}.{secrets.token_hex(4)}"
    if not path.exists():
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32))
        try:
            os.link(fresh, path)  # atomic: whoever is second finds the first one's secret, whole
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def _check_secret(settings: Mapping[str, Any], mistakes: list[str]) -> None:
    if not settings["SECRET_KEY"]:
        mistakes.append("SECRET_KEY is missing: set a random text, for example from `openssl rand -hex 32`.")
        return
    for name, key in [
        ("SECRET_KEY", settings["SECRET_KEY"]),
        *(("SECRET_KEY_FALLBACKS", fallback) for fallback in settings["SECRET_KEY_FALLBACKS"]),
    ]:
        if len(key) < 32 or len(set(key)) < 8:
            mistakes.append(
                f"{name} is weak: use 32 random characters or more, for example from `openssl rand -hex 32`."
            )


def _check_urls(settings: Mapping[str, Any], mistakes: list[str]) -> None:
    base = urlsplit(settings["BASE_URL"])
    if not settings["BASE_URL"]:
        mistakes.append("BASE_URL is missing: set the address people open, for example https://partners.example.com.")
    elif base.scheme not in {"http", "https"} or not base.hostname or base.path or base.query or base.fragment:
        mistakes.append("BASE_URL must be an address without a path, for example https://partners.example.com.")
    elif settings["DEMO"] and not is_private(base.hostname):
        mistakes.append("DEMO=1 shows every mail to everybody: it cannot run at a public BASE_URL.")
    elif base.scheme == "http" and not is_private(base.hostname):
        mistakes.append("BASE_URL must start with https://, because people send their passwords to it.")
    signup = urlsplit(settings["SIGNUP_URL"])
    if settings["SIGNUP_URL"] and (signup.scheme not in {"http", "https"} or not signup.hostname):
        mistakes.append("SIGNUP_URL must be a full address, for example https://example.com/sign-up.")


def is_private(host: str) -> bool:
    """Whether a host name or address can only be reached from this machine or its own network."""
    if host == "localhost" or host.endswith((".localhost", ".test", ".internal", ".local")):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def _check_mail(settings: Mapping[str, Any], mistakes: list[str]) -> None:
    if not settings["MAIL_SERVER"] and not settings["DEMO"]:
        mistakes.append("MAIL_SERVER is missing: nobody can prove a mailbox without mail (DEMO=1 keeps mails instead).")
    if bool(settings["MAIL_USERNAME"]) != bool(settings["MAIL_PASSWORD"]):
        mistakes.append("MAIL_USERNAME and MAIL_PASSWORD go together: set both or neither.")
    if "@" not in settings["MAIL_DEFAULT_SENDER"]:
        mistakes.append("MAIL_DEFAULT_SENDER must be an e-mail address.")
    local, _, host = settings["MAIL_BOUNCES"].partition("@")
    if settings["MAIL_BOUNCES"] and ("{token}" not in local or not host or len(local.replace("{token}", "")) > 16):
        mistakes.append(
            "MAIL_BOUNCES must be an address with {token} before the @, such as bounces+{token}@example.com."
        )
