"""The world that the crawls walk through: built once for each worker, put back after every call that changed it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from partner_access import clock, create_app
from partner_access.db import database
from tests.conftest import ENVIRONMENT, MEMORY
from tests.house.tenancy.world import World, build
from tests.portal import Portal
from tests.servers.postgres import clone_database, drop_database
from tests.snapshots import changes, watching


@pytest.fixture
def world(built_world: World) -> Iterator[World]:
    """Acme, Bolt and everybody who might look at them, with the portal that serves them.

    The clock stands where the world was built: on a slow machine the tests take so long that sessions would be due a
    new sign of life, and every page looked at would be one that writes.
    """
    with clock.at(built_world.built_at):
        yield built_world
    left = changes(built_world.kept, built_world.watch.snapshot())
    built_world.watch.restore({change.table for change in left})


@pytest.fixture(scope="session")
def built_world(template: str, cluster: str | None) -> Iterator[World]:
    """The one world of this worker."""
    with _copy(template, cluster) as url:
        app = create_app(ENVIRONMENT | {"DATABASE_URL": url}, PASSWORD_MEMORY_KIB=8)
        with watching(url, cluster) as watch:
            yield build(Portal(app, url), watch)
            with app.app_context():
                database.engine.dispose()


@contextmanager
def _copy(template: str, cluster: str | None) -> Iterator[str]:
    """A copy of the migrated database; in memory where there is some, for every refusal is a durable commit."""
    if cluster:
        yield clone_database(cluster, "template_portal", "portal_world")
        drop_database(cluster, "portal_world")
        return
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        shutil.copy(template.removeprefix("sqlite:///"), f"{folder}/portal.db")
        yield f"sqlite:///{folder}/portal.db"
