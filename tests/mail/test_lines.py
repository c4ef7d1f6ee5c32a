"""The line to the mail server: servers that drip, and settings that are wrong, fail no mail and hold no worker."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from partner_access import clock
from partner_access.db import session
from partner_access.jobs.attempts import BLOCKED, RETRIES
from partner_access.jobs.models import Job
from partner_access.mail import lines
from tests.mail.test_outbox import START, deliver, queue
from tests.portal import Portal
from tests.servers.scripted_smtp import ScriptedSmtp, scripted
from tests.staff.conftest import make_staff

REFUSALS = {
    "bad password": ({"AUTH": "535 wrong"}, "MAIL_PASSWORD"),
    "greeting": ({"greeting": "421 too many of you"}, "MAIL_SERVER"),
    "sender": ({"MAIL": "553 not your address"}, "MAIL_DEFAULT_SENDER"),
}


def ask(portal: Portal, server: ScriptedSmtp, *, password: str | None = None) -> None:
    """Let the portal deliver to this server."""
    settings = portal.app.extensions["mail"]
    settings.port, settings.username, settings.password = server.port, password and "portal", password


@pytest.fixture
def three_mails(portal: Portal):
    with clock.at(START):
        for number in range(3):
            queue(portal, f"kim{number}@client.example")
    yield
    portal.app.extensions["mail"].username = portal.app.extensions["mail"].password = None


def waits(portal: Portal) -> set[tuple[int, float, str | None]]:
    """Of each job: how often it was tried, for how long it waits, and why."""
    with portal.app.app_context():
        return {
            (job.attempts, (job.due_at - START).total_seconds(), job.last_error)
            for job in session().scalars(select(Job))
        }


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_wrong_setting_is_told_once_and_fails_no_mail(portal, three_mails, caplog, kind):
    answers, variable = REFUSALS[kind]
    with scripted(**answers) as server:
        ask(portal, server, password="secret" if kind == "bad password" else None)
        for tries in range(30):
            assert deliver(portal, at=START + tries * BLOCKED) == 1
        assert server.calls == 30, "one call every five minutes, however many mails there are"
    assert [row.state for row in portal.mails()] == ["queued"] * 3
    ((attempts, seconds, reason),) = waits(portal)
    assert (attempts, seconds) == (0, 30 * BLOCKED.total_seconds())
    assert variable in (reason or "")
    assert "secret" not in caplog.text
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [reason]


def test_staff_and_the_doctor_name_the_setting_until_it_is_right(portal, three_mails):
    with scripted(AUTH="535 wrong") as server:
        ask(portal, server, password="secret")
        deliver(portal)
        told = portal.run("doctor")
        assert (told.exit_code, "Check MAIL_USERNAME and MAIL_PASSWORD" in told.output) == (1, True)
        make_staff(portal, "alex@meridian.example", "Alex Roe")
        browser = portal.sign_in("alex@meridian.example")
        assert "Check MAIL_USERNAME and MAIL_PASSWORD" in browser.get("/staff/mail").text
    with scripted() as server:
        ask(portal, server)
        assert portal.run("doctor").exit_code == 0
        assert deliver(portal, at=START + BLOCKED) == 3
    assert "Check MAIL_USERNAME" not in browser.get("/staff/mail").text


@pytest.mark.parametrize("verb", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"])
def test_a_server_that_drips_is_left_when_its_time_is_over(portal, three_mails, monkeypatch, verb):
    monkeypatch.setattr(lines, "SECONDS", 0.3)
    monkeypatch.setattr(lines, "GOODBYE", 0.3)
    code = {"greeting": 220, "DATA": 354}.get(verb, 250)
    began = time.monotonic()
    with scripted(**{verb: f"{code}-…"}) as server:
        ask(portal, server)
        deliver(portal)
    assert time.monotonic() - began < 5
    states = {row.state for row in portal.mails()}
    assert states == ({"sent"} if verb == "QUIT" else {"queued"})
    assert {wait for _, wait, _ in waits(portal)} <= {BLOCKED.total_seconds(), RETRIES[0].total_seconds()}


def test_a_mail_is_sent_when_the_server_has_stopped_dripping(portal, three_mails, monkeypatch):
    monkeypatch.setattr(lines, "SECONDS", 0.3)
    with scripted(greeting="220-…") as server:
        ask(portal, server)
        deliver(portal)
    with scripted() as server:
        ask(portal, server)
        assert deliver(portal, at=START + BLOCKED + timedelta(seconds=1)) == 3
    assert {row.state for row in portal.mails()} == {"sent"}
