"""One fresh portal a test: the real application on a migrated database of its own, SQLite or PostgreSQL."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.engine import Engine

from partner_access import create_app
from partner_access.db import database
from tests.portal import Portal
from tests.servers.postgres import ReusedDatabase, create_database, throwaway_cluster

MEMORY = Path("/dev/shm")
APPLICATIONS: dict[str, Flask] = {}
OWN_ENGINES: dict[str, Engine] = {}
POSTGRESQL = os.environ.get("TEST_DATABASE") == "postgresql"
ENVIRONMENT = {
    "SECRET_KEY": "for-tests-only-0123456789-abcdefghijkl",
    "BASE_URL": "http://localhost",
    "PROGRAMME_NAME": "Meridian",
    "MAIL_SERVER": "127.0.0.1",
    "MAIL_DEFAULT_SENDER": "partners@meridian.example",
    "LANDING_FAST_PATH": "0",  # it keeps pages from one test to the next
    "DNS_NAMESERVER": "127.0.0.1:1",  # nobody is there: no test asks the world's DNS
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL run what uses a database; the rest has been seen on SQLite and would do the same again."""
    if not POSTGRESQL:
        return
    pure = [item for item in items if "cluster" not in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=pure)
    items[:] = [item for item in items if item not in set(pure)]


def pytest_collection_finish() -> None:
    """What was collected stays: the collector need not walk them again and again: a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)


@pytest.fixture(scope="session")
def cluster() -> Iterator[str | None]:
    """A PostgreSQL of our own, or None when the tests run on SQLite."""
    with ExitStack() as stack:
        yield stack.enter_context(throwaway_cluster()) if POSTGRESQL else None


@pytest.fixture(scope="session")
def template(cluster: str | None, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a migrated, empty database that every test gets a copy of."""
    path = tmp_path_factory.mktemp("db") / "template.db"
    url = create_database(cluster, "template_portal") if cluster else _sqlite(path)
    app = create_app(ENVIRONMENT | {"DATABASE_URL": url})
    with app.app_context():
        upgrade()
        database.engine.dispose()
    return url


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Where this worker's SQLite database lies; in memory where there is some, for every commit is a durable one."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as path:
        yield Path(path)


@pytest.fixture(scope="session")
def reused(template: str, cluster: str | None) -> Iterator[ReusedDatabase | None]:
    """The PostgreSQL database of all tests of this worker, or None when they run on SQLite."""
    if cluster is None:
        yield None
        return
    with closing(ReusedDatabase(cluster, "template_portal", "portal")) as database:
        yield database


@pytest.fixture
def database_url(template: str, reused: ReusedDatabase | None, folder: Path) -> str:
    """The address of a database as the migrations left it, the same address for all tests of this worker."""
    if reused:
        if not reused.put_back():
            reused.clone()
            _disconnect()
        return reused.url
    _disconnect()
    for path in folder.glob("portal.db*"):
        path.rmdir() if path.is_dir() else path.unlink()  # a test may have put a folder in its place
    shutil.copy(template.removeprefix("sqlite:///"), folder / "portal.db")
    return _sqlite(folder / "portal.db")


@pytest.fixture
def portal(database_url: str) -> Iterator[Portal]:
    """The portal on a fresh database; passwords are hashed with 8 KiB, for speed alone.

    The application itself is made once for each worker, and what a test has set in it is put back.
    """
    if database_url not in APPLICATIONS:
        APPLICATIONS[database_url] = create_app(ENVIRONMENT | {"DATABASE_URL": database_url}, PASSWORD_MEMORY_KIB=8)
    app = APPLICATIONS[database_url]
    settings, port = dict(app.config), app.extensions["mail"].port
    yield Portal(app, database_url)
    app.config |= settings
    app.extensions["mail"].port = port


def _disconnect() -> None:
    """Whatever these applications are connected to is not there any more."""
    for app in APPLICATIONS.values():
        _dispose(app)


def _dispose(app: Flask) -> None:
    """Close what an application has open, also what a thread or a broken request has left behind.

    The collector comes seldom here: a connection that it found after its pool was gone would be one left open.
    """
    if POSTGRESQL:
        gc.collect()
    with app.app_context():
        database.engine.dispose()


@pytest.fixture
def own_portal(database_url: str) -> Iterator[Portal]:
    """The portal for a test that changes the application itself, before its first request."""
    app = create_app(ENVIRONMENT | {"DATABASE_URL": database_url}, PASSWORD_MEMORY_KIB=8)
    with app.app_context():  # the engine of the test before, for the statements that it has compiled
        database.engines[None] = OWN_ENGINES.setdefault(database_url, database.engine)
    yield Portal(app, database_url)
    _dispose(app)


def _sqlite(path: Path) -> str:
    return f"sqlite:///{path}"
