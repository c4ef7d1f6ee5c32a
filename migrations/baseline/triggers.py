"""What is append-only: the database itself refuses to change or delete these rows, whoever asks.

But texts may go where a row of `erasure` says so, and old events where a row of `pruning` does; a seal gets its segment
once. What else such an UPDATE changes is found by the digests.
"""

from __future__ import annotations

from alembic import op

APPEND_ONLY = (
    "client_event", "credit_entry", "decision", "erasure", "org_event", "programme_event", "pruning", "rule_set",
    "ruling", "seal", "seal_segment", "staff_decision",
)  # fmt: skip
ERASABLE = {"credit_entry", "decision", "org_event", "programme_event", "ruling", "staff_decision"}
PRUNABLE = {"org_event": "old.org_id", "programme_event": "'00000000000000000000000000000000'"}
"""Tables of events, and under which organization their seals are."""
ERASED = "EXISTS (SELECT 1 FROM erasure WHERE erasure.kind = {kind} AND erasure.row_id = {row_id})"
PRUNED = """EXISTS (
    SELECT 1 FROM seal JOIN pruning ON pruning.kind = seal.kind AND seal.segment <= pruning.segment
    WHERE seal.org_id = {owner} AND seal.kind = {kind} AND seal.row_id = old.id
)"""
KEPT_OF_A_SEAL = ("org_id", "kind", "row_id", "version", "texts", "digest")
ONE_MORE_OF_A_SEAL = (
    " AND ".join(f"new.{column} IS NOT DISTINCT FROM old.{column}" for column in KEPT_OF_A_SEAL)
    + " AND (old.segment IS NULL OR new.segment IS NOT DISTINCT FROM old.segment)"
    + " AND (new.salt IS NOT DISTINCT FROM old.salt OR (new.salt IS NULL AND "
    + ERASED.format(kind="old.kind", row_id="old.row_id")
    + "))"
)
"""A seal gets its segment, or loses its salt with the text."""

# INSERT OR REPLACE deletes first: recursive_triggers=ON, which every connection sets, makes that fire the second one.
SQLITE = (
    """
    CREATE TRIGGER {table}_never_updated BEFORE UPDATE ON {table} WHEN NOT ({may_change})
    BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
    """,
    """
    CREATE TRIGGER {table}_never_deleted BEFORE DELETE ON {table} WHEN NOT ({may_go})
    BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
    """,
)
POSTGRESQL = (
    """
    CREATE FUNCTION refuse_change_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'UPDATE' THEN IF {may_change} THEN RETURN NEW; END IF; END IF;
        IF TG_OP = 'DELETE' THEN IF {may_go} THEN RETURN OLD; END IF; END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
    END $$
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_{table}()
    """,
    """
    CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table}
    EXECUTE FUNCTION refuse_change_of_{table}()
    """,
)


def create() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in APPEND_ONLY:
        for statement in POSTGRESQL if is_postgresql else SQLITE:
            text = statement.format(table=table, may_change=_may_change(table), may_go=_may_go(table))
            # SQLite 3.40 has the comparison that takes two NULLs for the same under its own name alone
            op.execute(text if is_postgresql else text.replace("IS NOT DISTINCT FROM", "IS"))


def _may_change(table: str) -> str:
    if table == "seal":
        return ONE_MORE_OF_A_SEAL
    return ERASED.format(kind=f"'{table}'", row_id="old.id") if table in ERASABLE else "false"


def _may_go(table: str) -> str:
    return PRUNED.format(kind=f"'{table}'", owner=PRUNABLE[table]) if table in PRUNABLE else "false"


def drop() -> None:
    """What the dropped tables have left behind: their triggers went with them."""
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION refuse_change_of_{table}()")
