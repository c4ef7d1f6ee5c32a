"""What could not be delivered: refused at once or come back later, it shows where somebody waits for the answer."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from typing import cast

import pytest

from partner_access.mail import undelivered
from partner_access.mail.models import OutboxMail
from tests.factories import make_member, make_org
from tests.mail.test_outbox import Picky, deliver, mailing
from tests.portal import Portal
from tests.servers.smtp import SmtpServer

SAM = "sam@gmial.example"
BOUNCES = "bounces+{token}@meridian.example"
STATUS = """\
From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system. I am sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; sam@gmial.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {status} no such
 mailbox
--b--
"""
OLD = """\
From: MAILER-DAEMON@mx.example
To: {to}
Subject: failure notice

Hi. This is the qmail-send program at mx.example.
<sam@gmial.example>:
550 5.1.1 no such mailbox
"""
AWAY = """\
From: Sam <sam@gmial.example>
To: {to}
Auto-Submitted: auto-replied
Subject: I am away

Back in 2 weeks. Ring 555 0100, extension 550 for help.
"""


def read(text: str) -> EmailMessage:
    return cast("EmailMessage", email.message_from_string(text, policy=email.policy.default))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (STATUS.format(to="x", action="failed", status="5.1.1"), "smtp; 5.1.1 no such mailbox"),
        (STATUS.format(to="x", action="Failed", status="4.4.7"), "smtp; 4.4.7 no such mailbox"),
        (STATUS.format(to="x", action="delayed", status="4.4.1"), ""),
        (STATUS.format(to="x", action="relayed", status="2.0.0"), ""),
        (OLD, "550 5.1.1 no such mailbox"),
        (AWAY, ""),
        ("", ""),
    ],
)
def test_only_what_says_that_it_failed_for_good_is_a_bounce(text, reason):
    assert undelivered.reason_of(read(text)) == reason


@pytest.fixture
def invited(portal: Portal) -> OutboxMail:
    """An invitation that the mail server took, at an address that nobody has."""
    portal.app.config["MAIL_BOUNCES"] = BOUNCES
    acme = make_org(portal)
    olga = portal.sign_in(make_member(portal, acme, "olga@acme.example", role="owner").email)
    olga.post("/orgs/acme/invitations", {"addresses": SAM, "role": "member"})
    return portal.mails(SAM)[0]


def bounce(portal: Portal, text: str, to: str, *options: str) -> str:
    told = portal.run("mail", "bounced", *options, stdin=text.format(to=to, action="failed", status="5.1.1"))
    assert told.exit_code == 0, told.output
    return str(told.output)


def told(portal: Portal, email: str, page: str) -> bool:
    return f"The mail could not be delivered to {SAM}" in portal.sign_in(email).get(page).text


def send(portal: Portal, at: OutboxMail) -> str:
    """Deliver; the envelope sender that the mail server was told."""
    with mailing(portal, SmtpServer()) as server:
        deliver(portal, at=at.created_at)
    return next(delivery.sender for delivery in server.deliveries if delivery.recipients == [at.to])


def test_a_mail_that_comes_back_shows_on_the_invitation_until_a_new_one_is_sent(portal, invited):
    sender = send(portal, invited)
    assert len(sender.partition("@")[0]) <= 64, "RFC 5321 section 4.5.3.1.1"
    assert not told(portal, "olga@acme.example", "/orgs/acme/invitations")
    assert "marked as not delivered" in bounce(portal, STATUS, sender.upper())
    assert "known to have failed" in bounce(portal, STATUS, sender)
    assert told(portal, "olga@acme.example", "/orgs/acme/invitations")
    (row,) = portal.mails(SAM)
    assert (row.state, row.last_error) == ("failed", "It came back: smtp; 5.1.1 no such mailbox")
    portal.sign_in("olga@acme.example").post(f"/orgs/acme/invitations/{row.about_id}/send-again", on="/help")
    assert not told(portal, "olga@acme.example", "/orgs/acme/invitations")


def test_whom_a_bounce_was_for_may_be_told_beside_it(portal, invited):
    sender = send(portal, invited)
    assert "Nothing was done" in bounce(portal, OLD, "postmaster@meridian.example")
    assert "marked as not delivered" in bounce(portal, OLD, "postmaster@meridian.example", "--to", sender)


def test_nobody_makes_a_mail_look_undelivered_by_its_id_alone(portal, invited):
    send(portal, invited)
    forged = BOUNCES.replace("{token}", f"{invited.id.hex}{'0' * 16}")
    assert "no answer to a mail of the portal" in bounce(portal, STATUS, forged)
    assert portal.mails(SAM)[0].state == "sent"


def test_a_holiday_answer_changes_nothing(portal, invited):
    assert "does not say" in bounce(portal, AWAY, send(portal, invited))
    assert portal.mails(SAM)[0].state == "sent"


def test_a_refused_mail_shows_to_who_asked_for_the_account(portal):
    browser = portal.ask(SAM)
    with mailing(portal, Picky(answer="550 no such mailbox")):
        deliver(portal, at=portal.mails(SAM)[0].created_at)
    assert f"could not be delivered to {SAM}" in browser.get("/verify").text
