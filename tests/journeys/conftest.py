"""A town for the stories: the real server, worker and mail server, two agencies, and a browser."""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from partner_access import create_app
from partner_access.credit.touchpoints import links
from partner_access.db import SYSTEM, acting
from partner_access.organizations.models import Organization
from tests.conftest import ENVIRONMENT
from tests.factories import make_member, make_org
from tests.portal import Portal
from tests.servers.browser import browser
from tests.servers.nameserver import NameServer
from tests.servers.server import live_server, worker
from tests.servers.smtp import SmtpServer

LINK = re.compile(r"https?://\S+")


@dataclass
class Town:
    """Where the portal is, who is there, where mail arrives, and whom it asks about domains."""

    url: str
    portal: Portal
    mails: SmtpServer
    acme: Organization
    bolt: Organization
    names: NameServer

    def mail_to(self, email: str, number: int = 1) -> str:
        """The text of the mail number `number` to this address, waited for."""
        for count in range(1, 50):
            self.mails.wait_for(count)
            texts = [str(message.get_body(("plain",))) for message in self.mails.messages if message["To"] == email]
            if len(texts) >= number:
                return texts[number - 1]
        raise AssertionError(f"no mail to {email}")

    def link_to(self, email: str, path: str, number: int = 1) -> str:
        """The first address in that mail whose path begins like this."""
        found = [link for link in LINK.findall(self.mail_to(email, number)) if link.startswith(f"{self.url}{path}")]
        return found[0].rstrip(".")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def town(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Two agencies, Acme and Bolt, each with one owner; passwords are hashed as in production."""
    path = tmp_path_factory.mktemp("town") / f"{uuid.uuid4().hex}.db"
    shutil.copy(Path(template.removeprefix("sqlite:///")), path)
    with SmtpServer() as mails, NameServer(names={"acme-brand.example"}) as names:
        env = ENVIRONMENT | {
            "DATABASE_URL": f"sqlite:///{path}",
            "MAIL_SERVER": mails.host,
            "MAIL_PORT": str(mails.port),
            "DNS_NAMESERVER": names.address,
        }
        env.pop("BASE_URL")
        with live_server(env) as url, worker(env | {"BASE_URL": url}):
            portal = Portal(create_app(env | {"BASE_URL": url}), env["DATABASE_URL"])
            acme, bolt = make_org(portal, "Acme"), make_org(portal, "Bolt")
            make_member(portal, acme, "ana@acme.example", role="owner", name="Ana Acker")
            make_member(portal, bolt, "bob@bolt.example", role="owner", name="Bob Boyd")
            for org in (acme, bolt):
                with portal.acting(), acting(SYSTEM, org.id):
                    links.primary(org, code=org.slug)
            yield Town(url, portal, mails, acme, bolt, names)
