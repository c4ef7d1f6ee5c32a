"""Mail scanners open every link of every mail, several times, with GET and HEAD: nothing may come of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from partner_access.clock import now
from tests.factories import make_member, make_org, make_user
from tests.portal import Portal
from tests.snapshots import changes, watching

PATHS = re.compile(r"http://localhost(/\S*)")


def open_everything(portal: Portal) -> dict[str, int]:
    """Open every link of every mail ten times; the last status of each."""
    links = {path.rstrip(".") for mail in portal.mails() for path in PATHS.findall(mail.text)}
    statuses = {}
    for path in sorted(links):
        for _ in range(10):
            scanner = portal.browser()
            assert scanner.client.head(path).status_code < 500
            statuses[path] = scanner.get(path).status_code
    return statuses


@pytest.mark.slow
def test_opening_every_link_ten_times_changes_nothing(portal: Portal, cluster: str | None) -> None:
    acme = make_org(portal)
    make_member(portal, acme, "owner@acme.example", role="owner")
    make_user(portal, "ana@nowhere.example")
    portal.run("org", "create", "Bolt", "--domain", "bolt.example", "--owner", "bo@bolt.example")
    portal.arrive("lea@acme.example")
    portal.arrive("info@acme.example")
    portal.ask("sam@acme.example")
    portal.ask("ana@nowhere.example")
    owner = portal.sign_in("owner@acme.example")
    owner.post("/orgs/acme/invitations", {"addresses": "guest@gmail.com", "role": "member"})
    guest = portal.link("guest@gmail.com", "invitation")
    portal.sign_in("ana@nowhere.example").post(f"{guest}/prove", on=guest)
    portal.browser().post("/forgot-password", {"email": "ana@nowhere.example"})
    portal.browser().post("/forgot-password", {"email": "nobody@nowhere.example"})
    with watching(portal.database_url, cluster) as watch:
        before = watch.snapshot()
        statuses = open_everything(portal)
        assert {path.split("/")[1] for path in statuses} >= {
            "verify",
            "reset-password",
            "undo-join",
            "orgs",
            "join",
            "invitations",
        }
        assert {status for path, status in statuses.items() if not path.startswith("/verify/")} == {200, 303}
        assert changes(before, watch.snapshot()) == []
        with time_machine.travel(now() + timedelta(days=15)):
            open_everything(portal)
        assert changes(before, watch.snapshot()) == []
    assert portal.browser().post(portal.link("sam@acme.example"), {"password": "lanterns over slow water"}).location
