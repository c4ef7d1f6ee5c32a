"""What is append-only: the database itself refuses to change or delete these rows, whoever asks."""

from __future__ import annotations

from alembic import op

APPEND_ONLY = (
    "client_event",
    "credit_entry",
    "decision",
    "org_event",
    "programme_event",
    "rule_set",
    "ruling",
    "staff_decision",
)

# INSERT OR REPLACE deletes first: recursive_triggers=ON, which every connection sets, makes that fire the second one.
SQLITE = (
    """
    CREATE TRIGGER {table}_never_updated BEFORE UPDATE ON {table}
    BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
    """,
    """
    CREATE TRIGGER {table}_never_deleted BEFORE DELETE ON {table}
    BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
    """,
)
REFUSE_CHANGE = """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""
POSTGRESQL = (
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table}
    EXECUTE FUNCTION refuse_change()
    """,
)


def create() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        op.execute(REFUSE_CHANGE)
    for table in APPEND_ONLY:
        for statement in POSTGRESQL if is_postgresql else SQLITE:
            op.execute(statement.format(table=table))


def drop() -> None:
    """What the dropped tables have left behind: their triggers went with them."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
