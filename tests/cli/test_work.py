"""The worker, run by hand."""

from __future__ import annotations

from pathlib import Path

from partner_access import create_app
from partner_access.db import database
from tests.conftest import ENVIRONMENT


def test_work_on_a_database_that_was_never_migrated_says_so_in_a_sentence(tmp_path: Path) -> None:
    app = create_app(ENVIRONMENT | {"DATABASE_URL": f"sqlite:///{tmp_path}/empty.db"})
    result = app.test_cli_runner().invoke(args=["work", "--once"])
    with app.app_context():
        database.engine.dispose()
    assert result.exit_code == 1
    assert "was `flask db upgrade` run?" in result.output
    assert "Traceback" not in result.output
