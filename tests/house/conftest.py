"""The world that the crawls walk through: built once for each worker, put back after every call that changed it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from partner_access import create_app
from partner_access.db import database
from tests.conftest import ENVIRONMENT
from tests.house.snapshots import watching
from tests.house.world import World, build
from tests.portal import Portal
from tests.postgres import clone_database, drop_database


@pytest.fixture(scope="session")
def world(template: str, cluster: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Acme, Bolt and everybody who might look at them, with the portal that serves them."""
    if cluster:
        url = clone_database(cluster, "template_portal", "portal_world")
    else:
        path = tmp_path_factory.mktemp("world") / "portal.db"
        shutil.copy(template.removeprefix("sqlite:///"), path)
        url = f"sqlite:///{path}"
    app = create_app(ENVIRONMENT | {"DATABASE_URL": url}, PASSWORD_MEMORY_KIB=8)
    with watching(url, cluster) as watch:
        yield build(Portal(app, url), watch)
        with app.app_context():
            database.engine.dispose()
    if cluster:
        drop_database(cluster, "portal_world")
