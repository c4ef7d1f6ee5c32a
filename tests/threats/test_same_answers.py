"""Before a mailbox is proved, nobody learns from an answer, or from the work that it took, whose an address is.

Every way in that takes an address is tried with every kind of address there is. All must be answered alike: status,
headers, body (without what was typed and form tokens), the same statements in the same order, as many password hashes,
as many mails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from html import escape

import pytest
import time_machine
from sqlalchemy import update
from werkzeug.test import TestResponse

from partner_access.accounts import sign_ins
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.credit.touchpoints import networks
from partner_access.db import SYSTEM, acting, session
from partner_access.keys.addresses import address
from partner_access.organizations.directory import organizations
from partner_access.organizations.entry import invitations
from partner_access.organizations.models import Organization
from partner_access.organizations.team import memberships
from tests.factories import make_link, make_member, make_org, make_user
from tests.portal import PASSWORD, Browser, Portal
from tests.work import Work, watched

CSRF = re.compile(r'(name="(?:csrf_token|form_id)"[^>]* value=")[^"]+')
SECRET = re.compile(r"[\w-]{43}")
INVITED = re.compile(r"http://localhost(/invitations/[\w-]{43})\s")
ADDRESSES = (
    "nobody@nowhere.example",
    "nobody@gmail.com",
    "nobody@mailinator.com",
    "nobody@auto.example",
    "nobody@request.example",
    "nobody@closed.example",
    "nobody@sub.auto.example",
    "nobody@paused.example",
    "info@auto.example",
    "member+tag@auto.example",
    "known@nowhere.example",
    "known@gmail.com",
    "emptied@nowhere.example",
    "invited@gmail.com",
    "invited@auto.example",
    "owner@auto.example",
    "member@auto.example",
    "member@paused.example",
    "suspended@auto.example",
    "removed@auto.example",
    "left@auto.example",
    "waiting@request.example",
    "applicant@founder.example",
    "asked@auto.example",
    "staff@meridian.example",
    "granted@meridian.example",
)
"""The first part says who it is; the domains are of organizations with these policies, one of which is paused."""


class Stranger:
    """A browser on a network of its own, and all that it was answered, each with the work that it took."""

    def __init__(self, portal: Portal, number: int) -> None:
        self.portal, self.ip = portal, f"198.51.100.{number}"
        self.own = ""
        self.answers: list[tuple[TestResponse, Work]] = []
        self.use(portal.browser())

    def use(self, browser: Browser) -> None:
        """Go on in this browser."""
        self.browser, self.token = browser, browser._token("/help") or browser._token("/sign-in")

    def get(self, url: str) -> None:
        with watched() as work:
            self.answers.append((self.browser.get(url), work))

    def post(self, url: str, data: dict[str, str] | None = None) -> None:
        form = {"csrf_token": self.token, **(data or {})}
        with watched() as work:
            answer = self.browser.client.post(url, data=form, environ_overrides={"REMOTE_ADDR": self.ip})
        self.answers.append((answer, work))

    def told(self, typed: str) -> list[tuple[object, ...]]:
        """All that can be told apart of the answers: status, headers, the names of cookies, body, and the work."""
        return [(*_told(answer, typed, self.own), work) for answer, work in self.answers]


def _told(answer: TestResponse, typed: str, own: str) -> tuple[object, ...]:
    kept = [(name, value) for name, value in answer.headers if name not in ("Set-Cookie", "Date", "Content-Length")]
    cookies = [value.partition("=")[0] for value in answer.headers.getlist("Set-Cookie")]
    body = CSRF.sub(r"\1", answer.get_data(as_text=True)).replace(escape(typed), "ADDRESS").replace(typed, "ADDRESS")
    body = body.replace(own, "OWN") if own else body
    return answer.status_code, SECRET.sub("SECRET", str(kept)), cookies, SECRET.sub("SECRET", body)


@pytest.fixture
def everybody(portal: Portal) -> Iterator[Portal]:
    """A portal with somebody of every kind, at a moment that does not go on."""
    auto = make_org(portal, "Auto")
    paused = make_org(portal, "Paused")
    make_org(portal, "Request", policy="request")
    make_org(portal, "Closed", policy="closed")
    make_member(portal, make_org(portal, "Host"), "host@host.example", role="owner")
    make_member(portal, auto, "owner@auto.example", role="owner")
    make_member(portal, paused, "member@paused.example", role="owner")
    for name in ("member", "suspended", "removed", "left"):
        make_member(portal, auto, f"{name}@auto.example")
    for email in (
        "known@nowhere.example",
        "known@gmail.com",
        "emptied@nowhere.example",
        "staff@meridian.example",
        "holder@nowhere.example",
    ):
        make_user(portal, email)
    with time_machine.travel(now().replace(hour=1, minute=1), tick=False) as clock:
        portal.arrive("waiting@request.example")
        portal.arrive("applicant@founder.example")
        portal.ask("asked@auto.example")
        _settle(portal, auto, paused)
        portal.sign_in("holder@nowhere.example")  # with this worker's first password
        clock.shift(timedelta(hours=2))
        yield portal


def _settle(portal: Portal, auto: Organization, paused: Organization) -> None:
    with portal.acting():
        organizations.fetch(paused.id).suspended_at = now()
        nobodys = update(User).where(User.email_key == "emptied@nowhere.example")
        session().execute(nobodys.values(password_hash=""))
        for email in ("staff@meridian.example", "granted@meridian.example"):
            sign_ins.grant_staff(email, "staff")
        with acting(SYSTEM, auto.id):
            rows = {row.user.email.partition("@")[0]: row for row in memberships.listing()}
            memberships.suspend(rows["suspended"])
            memberships.remove(rows["removed"], reason="test")
            rows["left"].left_at = now()
            for email in ("invited@gmail.com", "invited@auto.example"):
                invitations.send(invitations.invite(address(email), "admin"))


def request_account(stranger: Stranger, email: str) -> None:
    """All the way to a code that is wrong, a second mail, and a way in that is not open yet."""
    stranger.post("/request-account", {"name": "Sam Berg", "email": email, "password": PASSWORD})
    stranger.get("/verify")
    stranger.post("/verify", {"code": "000000"})
    stranger.post("/verify/again")
    stranger.get("/verify")
    stranger.get("/join")


def request_account_too_often(stranger: Stranger, email: str) -> None:
    for _ in range(6):
        stranger.post("/request-account", {"name": "Sam Berg", "email": email, "password": PASSWORD})


def sign_in(stranger: Stranger, email: str) -> None:
    stranger.post("/sign-in", {"email": email, "password": "wrong wrong wrong"})


def sign_in_too_often(stranger: Stranger, email: str) -> None:
    for _ in range(11):
        stranger.post("/sign-in", {"email": email, "password": "wrong wrong wrong"})


def forgot_password(stranger: Stranger, email: str) -> None:
    stranger.post("/forgot-password", {"email": email})
    stranger.get("/forgot-password/mailed")


def forgot_password_too_often(stranger: Stranger, email: str) -> None:
    for _ in range(6):
        stranger.post("/forgot-password", {"email": email})


def invitation_in_other_hands(stranger: Stranger, email: str) -> None:
    """Whoever holds a link that was forwarded learns whom it is for, and not whether they have a login."""
    link = _invite(stranger.portal, email)
    stranger.get(link)
    stranger.post(link, {"name": "Carol", "password": PASSWORD})
    stranger.get("/verify")


def invitation_with_another_login(stranger: Stranger, email: str) -> None:
    link = _invite(stranger.portal, email)
    stranger.use(stranger.portal.sign_in("holder@nowhere.example"))
    stranger.get(link)
    stranger.post(f"{link}/prove")


def change_of_address(stranger: Stranger, email: str) -> None:
    stranger.own = make_user(stranger.portal, name="Moira Mover").email
    stranger.use(stranger.portal.sign_in(stranger.own))
    stranger.post("/me/email", {"email": email, "current": PASSWORD})
    stranger.get("/me/email")
    stranger.post("/me/email/code", {"code": "000000"})


def client_sign_up(stranger: Stranger, email: str) -> None:
    """A client may have any address, also one of a partner or of somebody with a login."""
    with stranger.portal.acting():
        host = organizations.found(organizations.find("host"))
        networks.present_key()  # which the first opening of a day makes
    code = make_link(stranger.portal, host).code
    site = f"client{stranger.ip.rpartition('.')[2]}.example"
    stranger.post(f"/r/{code}/get-started", {"website": site, "email": email, "company": "Client", "name": "Cleo"})
    stranger.get("/confirm-sign-up")


def _invite(portal: Portal, email: str) -> str:
    with portal.acting():
        host = organizations.found(organizations.find("host"))
    with portal.acting(org=host.id):
        invitations.send(invitations.invite(address(email), "member"))
    found = INVITED.search(portal.mails(email, "invitation")[-1].text)
    assert found
    return found[1]


Path = Callable[[Stranger, str], None]
PATHS: tuple[Path, ...] = (
    request_account, sign_in, forgot_password, invitation_in_other_hands, invitation_with_another_login,
    change_of_address, client_sign_up,
)  # fmt: skip
TOO_OFTEN: tuple[Path, ...] = (request_account_too_often, sign_in_too_often, forgot_password_too_often)
PARTS = ("status", "headers", "cookies", "body", "work")


def hold_against_each_other(
    portal: Portal, path: Path, addresses: Sequence[str], *, parts: Sequence[str] = PARTS
) -> None:
    expected: list[tuple[object, ...]] = []
    for number, email in enumerate(addresses):
        stranger = Stranger(portal, number)
        path(stranger, email)
        told = stranger.told(email)
        expected = expected or told
        for step, (mine, first) in enumerate(zip(told, expected, strict=True), start=1):
            for part, got, wanted in zip(PARTS, mine, first, strict=True):
                where = f"the {part} of answer {step} to {email} is another than to {addresses[0]}"
                assert part not in parts or got == wanted, where


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_an_address_is_answered_alike_whosever_it_is(everybody: Portal, path: Path) -> None:
    hold_against_each_other(everybody, path, ADDRESSES)


@pytest.mark.parametrize("path", TOO_OFTEN, ids=lambda path: path.__name__)
def test_so_it_is_when_a_limit_is_reached(everybody: Portal, path: Path) -> None:
    hold_against_each_other(everybody, path, ADDRESSES[::5])


def test_a_difference_in_the_work_alone_is_found(everybody: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test of the test: a login is looked up once more where there is one."""
    find = sign_ins.find
    monkeypatch.setattr(sign_ins, "find", lambda key: find(key) and find(key))
    with pytest.raises(AssertionError, match=r"the work of answer 1 to known@nowhere\.example"):
        hold_against_each_other(everybody, sign_in, ADDRESSES)
