"""Pools and restarts: PgBouncer in transaction mode, connections that a restart has cut, many that migrate at once."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from partner_access import create_app
from partner_access.db import database
from tests.conftest import ENVIRONMENT
from tests.factories import make_member, make_org
from tests.house.source import ROOT
from tests.portal import Portal
from tests.servers import pgbouncer
from tests.threads import at_once


@pytest.mark.skipif(pgbouncer.PROGRAM is None, reason="PgBouncer is not installed")
def test_behind_pgbouncer_in_transaction_mode_every_page_works_for_many_at_once(cluster, database_url):
    if cluster is None:
        pytest.skip("PgBouncer stands before PostgreSQL")
    with pgbouncer.pooled(cluster, database_url) as url:
        app = create_app(ENVIRONMENT | {"DATABASE_URL": url}, PASSWORD_MEMORY_KIB=8)
        portal = Portal(app, url)
        acme = make_org(portal)
        browsers = [portal.sign_in(make_member(portal, acme).email) for _ in range(4)]

        def look(browser):
            return {browser.get(path).status_code for _ in range(8) for path in ("/orgs/acme/", "/orgs/acme/team")}

        assert at_once(*[lambda browser=browser: look(browser) for browser in browsers]) == [{200}] * 4
        with app.app_context():
            database.engine.dispose()


def test_after_the_database_has_cut_its_connections_the_next_page_is_there(portal, cluster):
    if cluster is None:
        pytest.skip("SQLite has no connections to cut")
    browser = portal.sign_in(make_member(portal, make_org(portal)).email)
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'portal'")
    assert browser.get("/orgs/acme/").status_code == 200


@pytest.mark.slow
def test_of_many_that_migrate_at_once_all_find_the_database_migrated(tmp_path: Path) -> None:
    env = {**os.environ, **ENVIRONMENT, "DATABASE_URL": f"sqlite:///{tmp_path / 'portal.db'}"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    running = [subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE) for _ in range(4)]
    assert [(process.communicate(timeout=120)[1], process.returncode)[1] for process in running] == [0] * 4
    with sqlite3.connect(tmp_path / "portal.db") as connection:
        assert connection.execute("select count(*) from alembic_version").fetchone() == (1,)
    connection.close()
