"""The audit log as staff read it: who did what outside any organization, refusals with codes, and a file."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from partner_access.clock import now
from partner_access.credit.clients import client_accounts
from partner_access.credit.lifecycle import client_merges, client_moves
from partner_access.credit.rulings import rulings
from partner_access.db import STAFF
from partner_access.organizations.directory import organizations
from partner_access.organizations.lifecycle import pauses
from tests.factories import make_sign_up, make_user
from tests.portal import Portal


@pytest.fixture
def ada(portal: Portal) -> str:
    """Somebody who signed in, and failed to before."""
    email = make_user(portal, "ada@oak.example", name="Ada Oak").email
    portal.browser().post("/sign-in", {"email": email, "password": "four loud rivers bend"})
    portal.sign_in(email)
    return email


def test_staff_read_who_did_what_and_why_it_was_refused(portal, kim, ada):
    kim.get("/staff/audit")
    assert "Sign-in refused Ada Oak, ada@oak.example" in kim.text
    assert "wrong-password" in kim.text
    kim.get(f"/staff/audit?kind=refused&email={ada}")
    assert "Sign-in refused Ada Oak" in kim.text and "network: 127.0.0.1" in kim.text and "loud" not in kim.text
    kim.get(f"/staff/audit?kind=logins&email={ada}")
    assert "Signed in" in kim.text and "Sign-in refused" not in kim.text and "Kim Orr" not in kim.text
    kim.get("/staff/audit?code=wrong-password")
    assert "Sign-in refused" in kim.text and "Signed in" not in kim.text


def test_days_narrow_it(portal, kim, ada):
    today = now().date()
    assert "Sign-in refused" in kim.get(f"/staff/audit?since={today}&until={today}").get_data(as_text=True)
    assert "Nothing of this kind" in kim.get(f"/staff/audit?until={today - timedelta(days=1)}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("email=nobody@oak.example", "Nobody has a login with this address."),
        ("email=oak", "An e-mail address has an @ in it"),
        ("since=tomorrow", "Enter the day like 2026-11-23"),
        ("since=2026-02-02&until=2026-02-01", "The last day comes before the first."),
        ("code=Wrong password", "A reason code has small letters"),
    ],
)
def test_a_filter_that_cannot_be_used_says_so_at_its_field_and_keeps_what_was_typed(kim, query, sentence):
    assert kim.get(f"/staff/audit?{query}").status_code == 422
    assert sentence in kim.text
    typed = query.rpartition("=")[2]
    assert kim.page is not None and f'value="{typed}"' in kim.page.get_data(as_text=True)


def test_no_such_kind_is_no_page(kim):
    assert kim.get("/staff/audit?kind=secrets").status_code == 404


def test_the_file_holds_what_the_page_shows(portal, kim, ada):
    text = kim.get("/staff/audit.csv?kind=refused").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["what"], row["about"], row["reason code"]) for row in rows] == [
        ("Sign-in refused", "Ada Oak, ada@oak.example", "wrong-password")
    ]


def test_what_staff_decided_stands_there_with_who_and_why(portal, kim):
    portal.arrive("sam@hazel.example").post("/apply", {"org_name": "Hazel"})
    url = kim.get("/staff/").get_data(as_text=True).partition('href="/staff/queue/')[2].partition('"')[0]
    kim.post(f"/staff/queue/{url}", {"choice": "declined", "reason": "Not an agency."})
    kim.get("/staff/audit/decisions")
    assert "Declined Application" in kim.text and "Not an agency." in kim.text and "Kim Orr" in kim.text


def test_every_kind_of_decision_has_its_words_and_a_page(portal, kim, acme, bolt):
    one, two = (make_sign_up(portal, f"{name}.example", external_id=name).account for name in ("one", "two"))
    with portal.acting(STAFF):
        client_moves.move(client_accounts.fetch(one.id), "else.example", "They moved.")
        rulings.rule(client_accounts.fetch(two.id), acme.org.id, "They told us.", STAFF)
        client_merges.merge(client_accounts.fetch(one.id), client_accounts.fetch(two.id), "One business.")
        pauses.suspend(organizations.fetch(bolt.org.id), "No answer.")
    page = kim.get("/staff/audit/decisions").get_data(as_text=True)
    for told in ("one moved to else.example", "one merged into two", "Paused Bolt", "Client is credited to Acme"):
        assert told in kim.text
    for path in re.findall(r'<a href="(/staff/(?:clients|orgs)/[^"]+)"', page):
        assert kim.get(path).status_code == 200
