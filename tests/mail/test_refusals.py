"""Never mail me again: who has no login stops the mails that others cause, and takes it back."""

from __future__ import annotations

import re

from tests.factories import make_member, make_org
from tests.mail.test_outbox import deliver, mailing
from tests.portal import Portal
from tests.servers.smtp import SmtpServer

SAM = "sam@nowhere.example"
LINK = re.compile(r"Never mail me again: http://localhost(\S+)")


def invite(portal: Portal) -> str:
    """Invite Sam once more; what the owner reads of it."""
    owner = portal.sign_in("olga@acme.example")
    owner.post("/orgs/acme/invitations", {"addresses": SAM, "role": "member"})
    return owner.get("/orgs/acme/invitations").get_data(as_text=True)


def test_a_reader_without_a_login_stops_mails_and_takes_it_back(portal: Portal) -> None:
    make_member(portal, make_org(portal), "olga@acme.example", role="owner")
    portal.ask(SAM)
    (first,) = portal.mails(SAM)
    found = LINK.search(first.text)
    assert found and found[1] in first.html
    reader = portal.browser()
    assert reader.get(found[1]).status_code == 200
    assert "could not be delivered" not in invite(portal), "looking at the page changes nothing"
    assert [reader.post(found[1]).status_code for _ in range(2)] == [303, 303]
    portal.ask(SAM)
    refused = portal.mails(SAM)[-1]
    assert (refused.state, refused.text, refused.last_error) == (
        "failed", "", "Whoever reads this address asked never to be mailed."
    )  # fmt: skip
    with mailing(portal, SmtpServer()) as server:
        deliver(portal, at=refused.created_at)
        assert server.messages[0]["List-Unsubscribe"].startswith("<http://localhost/no-more-mail/")
        assert len([to for delivery in server.deliveries for to in delivery.recipients if to == SAM]) == 2
    reader.post(found[1], {"again": "1"})
    portal.ask(SAM)
    assert portal.mails(SAM)[-1].state == "queued"


def test_a_forged_link_stops_nobodys_mails(portal: Portal) -> None:
    browser = portal.browser()
    assert browser.post("/no-more-mail/forged", on="/sign-in").status_code == 404


def test_mails_to_who_has_a_login_have_settings_and_no_such_link(portal: Portal) -> None:
    make_member(portal, make_org(portal), "olga@acme.example")
    portal.browser().post("/forgot-password", {"email": "olga@acme.example"})
    assert not LINK.search(portal.mails("olga@acme.example")[0].text)
