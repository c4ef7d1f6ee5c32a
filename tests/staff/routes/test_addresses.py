"""Staff name a mail provider that no list has: from then on an address there opens nothing."""

from __future__ import annotations

import pytest

from tests.factories import make_member, make_org
from tests.portal import Browser, Portal


def test_nobody_joins_or_claims_by_a_provider_that_staff_named(portal: Portal, kim: Browser) -> None:
    acme = make_org(portal, domain="access.example")
    make_member(portal, acme, "olga@access.example", role="owner")
    assert kim.post("/staff/mail-providers", {"name": "Access.Example"}).status_code == 303
    kim.get("/staff/mail-providers")
    assert "The domain of Acme, which lets nobody in by it now" in kim.text
    stranger = portal.arrive("sam@mail.access.example")
    assert stranger.get("/join").location == "/apply"
    olga = portal.sign_in("olga@access.example")
    answer = olga.post("/orgs/acme/domains", {"name": "mail.access.example"})
    assert answer.status_code == 422 and "Anyone can have a mailbox there" in olga.text
    assert portal.audited("mail_provider.added") == [("staff-decided", {"domain": "access.example"})]


def test_a_name_is_added_and_taken_back_as_often_as_one_likes(portal: Portal, kim: Browser) -> None:
    for _ in range(2):
        kim.post("/staff/mail-providers", {"name": "access.example"})
    assert portal.run("mail-providers", "list").output == "access.example\n"
    for _ in range(2):
        assert kim.post("/staff/mail-providers/remove", {"name": "access.example"}).status_code == 303
    assert portal.run("mail-providers", "list").output == ""
    assert len(portal.audited("mail_provider.removed")) == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("gmail.com", "gmail.com is on our lists already."),
        ("co.uk", "That is an ending many organizations share."),
        ("127.0.0.1", "An IP address cannot be claimed."),
        ("", "Enter the domain."),
    ],
)
def test_what_is_no_provider_is_told_at_the_field(portal: Portal, kim: Browser, typed: str, sentence: str) -> None:
    answer = kim.post("/staff/mail-providers", {"name": typed})
    assert answer.status_code == 422
    assert sentence in kim.text
