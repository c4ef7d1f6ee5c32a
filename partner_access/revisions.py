"""Whether the database is one that this code was written for, and if not, what is wrong with it in one sentence."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from partner_access.transactions import reading

MIGRATIONS = Path(__file__).parent.parent / "migrations"
UNRELEASED = re.compile(r"\d{4}|open[0-9a-f]{12}")
"""Revisions of before the first release: the numbered ones, and every text of the open baseline."""
FAULTS = {
    "behind": "The database {name} has not been migrated to this version: run `flask db upgrade`.",
    "unreleased": "The database {name} was made by another version from before the first release, which cannot be "
    "migrated: begin with an empty one.",
    "newer": "The database {name} was made by a newer version of Partner Access: run that one, or a later one.",
    "not-a-database": "The file {name} is not a database.",
    "away": "The database {name} does not answer: {error}.",
}  # fmt: skip


@dataclass(frozen=True)
class DatabaseFault:
    """What is wrong with a database: a key of FAULTS, and its sentence. file: where an SQLite database lies."""

    code: str
    sentence: str
    file: Path | None


def fault(engine: Engine) -> DatabaseFault | None:
    """What keeps this code from using the database; None when nothing does."""
    code, error = _code(engine)
    if not code:
        return None
    name = str(engine.url.database)
    file = Path(name) if engine.dialect.name == "sqlite" else None
    return DatabaseFault(code, FAULTS[code].format(name=name, error=error), file)


def _code(engine: Engine) -> tuple[str, str]:
    """A key of FAULTS or '', and what the database itself said."""
    try:
        with reading(), engine.connect() as connection:
            found = set(MigrationContext.configure(connection).get_current_heads())
    except DBAPIError as error:
        is_other_file = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB
        return "not-a-database" if is_other_file else "away", str(error.orig).partition("\n")[0].rstrip(".")
    scripts = ScriptDirectory(str(MIGRATIONS))
    if found == set(scripts.get_heads()):
        return "", ""
    unknown = found - {script.revision for script in scripts.walk_revisions()}
    if not unknown:
        return "behind", ""
    return "unreleased" if all(UNRELEASED.fullmatch(revision) for revision in unknown) else "newer", ""
