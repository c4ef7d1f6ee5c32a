"""Mails as staff see them: what waits, what failed and why, never what they say; and one sent again."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, update

from partner_access import mail
from partner_access.clock import now
from partner_access.db import SYSTEM, session
from partner_access.jobs.models import Job
from partner_access.mail import listing
from partner_access.mail.models import OutboxMail
from tests.factories import make_user
from tests.portal import Browser, Portal
from tests.servers.smtp import SmtpServer
from tests.threads import at_once

ADDRESS = "ana@hazel.example"
WORDS = "Nobody but Ana reads this."


def written(portal: Portal, state: str = "queued", **values: Any) -> OutboxMail:
    """A mail to Ana in this state."""
    with portal.acting():
        mail.queue("no-login", ADDRESS)
        session().flush()
        (row,) = [row for row in listing.latest() if row.to == ADDRESS][:1]
        values = {"state": state, "text": WORDS, "html": WORDS, **values}
        session().execute(update(OutboxMail).where(OutboxMail.id == row.id).values(**values))
        if values["state"] != "queued":
            session().execute(delete(Job).where(Job.id == row.id))
    return row


def failed(portal: Portal, **values: Any) -> OutboxMail:
    return written(portal, "failed", attempts=11, last_error="SMTPRecipientsRefused: 550 no such mailbox", **values)


def stored(portal: Portal, row: OutboxMail) -> OutboxMail:
    with portal.acting():
        return listing.fetch(row.id)


def resend(browser: Browser, row: OutboxMail) -> Any:
    return browser.post(f"/staff/mail/{row.id}/resend", on="/staff/mail")


def test_mails_are_shown_by_state_and_address_with_the_reason_and_without_what_they_say(portal, kim):
    failed(portal)
    written(portal, "sent", sent_at=now(), text="", html="")
    page = kim.get("/staff/mail?state=failed").get_data(as_text=True)
    assert "550 no such mailbox" in page and "Send again" in page and WORDS not in page
    assert "Failed 1" in kim.text and "Sent 1" in kim.text and "All 2" in kim.text
    assert "Send again" not in kim.get("/staff/mail?state=sent").get_data(as_text=True)
    assert ADDRESS in kim.get("/staff/mail?to=HAZEL").get_data(as_text=True)
    for nobodys in ("oak", "%", "_"):
        kim.get("/staff/mail", query_string={"to": nobodys})
        assert "No such mail" in kim.text
    assert kim.get("/staff/mail?state=no-such").status_code == 404


def test_a_mail_whose_job_was_set_aside_says_so(portal, kim):
    row = written(portal)
    with portal.acting():
        values = {"set_aside_at": now(), "attempts": 11, "last_error": "KeyError: deliver-mail"}
        session().execute(update(Job).where(Job.id == row.id).values(values))
    kim.get("/staff/mail")
    assert "Set aside after 11 tries. KeyError: deliver-mail See the job" in kim.text


def test_a_code_in_a_subject_is_not_shown(portal, kim):
    portal.ask("sam@oak.example")
    code = portal.code("sam@oak.example")
    kim.get("/staff/mail?to=sam@oak.example")
    assert "••• ••• is your code" in kim.text
    assert code not in kim.text and f"{code[:3]} {code[3:]}" not in kim.text
    assert listing.without_code("123456 is your code") == "••• ••• is your code"
    assert listing.without_code("Acme 2026: 1234567 clients") == "Acme 2026: 1234567 clients"


def test_the_list_goes_on_where_the_page_ends(portal, kim, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 2)
    rows = [written(portal) for _ in range(3)]
    first = kim.get("/staff/mail").get_data(as_text=True)
    assert first.count(ADDRESS) >= 2 and 'rel="next"' in first
    with portal.acting():
        assert [row.id for row in listing.outlines(before=rows[1].id)] == [rows[0].id]


def test_a_failed_mail_is_sent_again_as_new_and_under_its_old_id(portal, kim):
    row = failed(portal)
    assert resend(kim, row).location == "/staff/mail"
    again = stored(portal, row)
    assert (again.state, again.attempts, again.text) == ("queued", 0, WORDS)
    assert portal.due(row) <= now()
    assert resend(kim, row).status_code == 303  # twice is the same
    assert portal.audited("mail.resent") == [("staff", {})]
    with SmtpServer() as server:
        portal.app.extensions["mail"].port = server.port
        portal.work("mail")
    assert server.messages[0]["Message-ID"].startswith(f"<{row.id}@")
    assert stored(portal, row).state == "sent"


@pytest.mark.parametrize(
    ("state", "kept", "sentence"), [("sent", "", "it was sent"), ("failed", "", "is not kept any more")]
)
def test_what_was_sent_or_is_not_kept_is_not_sent_again(portal, kim, state, kept, sentence):
    row = written(portal, state, text=kept, html=kept)
    assert resend(kim, row).status_code == 409
    assert sentence in kim.text
    assert stored(portal, row).state == state
    assert portal.audited("mail.resent") == []


def test_two_who_send_it_again_at_once_queue_it_once(portal, kim):
    row = failed(portal)

    def again() -> None:
        with portal.acting(SYSTEM):
            mail.resend(row.id)

    at_once(*[partial(again)] * 4)
    assert stored(portal, row).state == "queued"
    assert len(portal.audited("mail.resent")) == 1


def test_to_others_there_is_no_such_page(portal):
    row = failed(portal)
    browser = portal.sign_in(make_user(portal).email)
    assert browser.get("/staff/mail").status_code == 404
    assert browser.post(f"/staff/mail/{row.id}/resend").status_code == 404
    assert stored(portal, row).state == "failed"
