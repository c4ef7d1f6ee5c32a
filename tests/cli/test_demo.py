"""The demo: a portal in use for whoever looks at it first; loaded once, and for demo mode alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from partner_access import create_app
from partner_access.cli import demo
from partner_access.db import database
from tests.conftest import ENVIRONMENT, POSTGRESQL
from tests.portal import Portal
from tests.snapshots import watching

sqlite = pytest.mark.skipif(POSTGRESQL, reason="a file is SQLite's")


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


# -- a demo from before the first release ------------------------------------------------------------------------------


def stamp(portal: Portal, revision: str) -> None:
    with portal.app.app_context(), database.engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = :revision"), {"revision": revision})


def beside(portal: Portal) -> list[Path]:
    """The files that were set aside."""
    return sorted(Path(portal.database_url.removeprefix("sqlite:///")).parent.glob("portal-before-*.db"))


@sqlite
def test_a_demo_from_before_the_first_release_is_set_aside_and_begun_anew(demo_portal):
    demo_portal.run("demo")
    stamp(demo_portal, "0014")
    done = demo_portal.run("demo")
    [kept] = beside(demo_portal)
    assert (done.exit_code, done.output.count("\n")) == (0, 1), done.output
    assert f"it is set aside as {kept}, and a new one begins." in done.output
    assert demo_portal.run("demo").output == ""
    demo_portal.sign_in("mia@nextlevel.studio", demo.PASSWORD)
    with closing(sqlite3.connect(kept)) as old:
        assert old.execute("select version_num from alembic_version").fetchone() == ("0014",)
        assert old.execute("select count(*) from organization").fetchone() == (3,)
    kept.unlink()


@pytest.mark.parametrize(("holds_demo", "revision"), [(False, "0014"), (True, "5a1f09c3d2e4")])
def test_no_other_database_is_set_aside(demo_portal, holds_demo, revision):
    if holds_demo:
        demo_portal.run("demo")
    stamp(demo_portal, revision)
    done = demo_portal.run("demo")
    assert (done.exit_code, done.output.count("\n"), beside(demo_portal)) == (1, 1, []), done.output
    with demo_portal.app.app_context(), database.engine.begin() as connection:
        assert connection.scalar(text("select version_num from alembic_version")) == revision


@sqlite
def test_a_demo_that_is_in_use_is_not_set_aside(demo_portal):
    demo_portal.run("demo")
    stamp(demo_portal, "0014")
    path = demo_portal.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as other:
        other.execute("select count(*) from organization").fetchone()
        done = demo_portal.run("demo")
    assert (done.exit_code, beside(demo_portal)) == (1, []), done.output
    assert f"The demo database {path} is in use" in done.output
