"""The demo: a portal in use for whoever looks at it first; loaded once, and for demo mode alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from partner_access import create_app
from partner_access.db import database
from tests.conftest import ENVIRONMENT
from tests.portal import Portal
from tests.snapshots import watching


@pytest.fixture
def demo_portal(database_url: str) -> Iterator[Portal]:
    """The portal in demo mode."""
    app = create_app(ENVIRONMENT | {"DATABASE_URL": database_url, "DEMO": "1"}, PASSWORD_MEMORY_KIB=8)
    yield Portal(app, database_url)
    with app.app_context():
        database.engine.dispose()


def test_loading_the_demo_twice_changes_nothing(demo_portal, cluster):
    assert demo_portal.run("demo").exit_code == 0
    with watching(demo_portal.database_url, cluster) as database_watched:
        before = database_watched.snapshot()
        assert demo_portal.run("demo").exit_code == 0
        assert database_watched.snapshot() == before
    assert all(before[table] for table in ("lead", "site_hold", "client", "hand_over", "membership", "referral_link"))


def test_its_people_can_sign_in_with_what_it_prints(demo_portal):
    demo_portal.run("demo")
    told = demo_portal.run("demo", "--sign-ins").output
    password = told.partition("password of each is: ")[2].splitlines()[0]
    emails = [line.split()[0] for line in told.splitlines() if line.startswith("  ")]
    assert "mia@nextlevel.studio" in emails
    for email in emails:
        demo_portal.sign_in(email, password)


def test_demo_data_is_refused_outside_demo_mode(portal):
    answer = portal.run("demo")
    assert (answer.exit_code, "DEMO=1" in answer.output) == (1, True)
