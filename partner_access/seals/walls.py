"""What the database itself holds against changes: its triggers, and on PostgreSQL whose rows are whose."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text

from partner_access.db import Base, OrgOwned, session

APPEND_ONLY = (
    "client_event", "credit_entry", "decision", "erasure", "org_event", "programme_event", "pruning", "rule_set",
    "ruling", "seal", "seal_segment", "staff_decision",
)  # fmt: skip
"""The tables whose rows are never changed or deleted, but where an erasure or a pruning says so."""
TRIGGERS = {
    "sqlite": "select tbl_name, name from sqlite_master where type = 'trigger' and sql like '%RAISE(ABORT%'",
    "postgresql": """
        select c.relname, t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
          join pg_proc p on p.oid = t.tgfoid
         where not t.tgisinternal and t.tgenabled in ('O', 'A') and p.prosrc like '%RAISE EXCEPTION%'
           and c.relnamespace = current_schema()::regnamespace
    """,
}
NAMES = {"sqlite": ("{}_never_updated", "{}_never_deleted"), "postgresql": ("append_only", "never_truncated")}
WALLED = """
    select c.relname from pg_class c join pg_policies p on p.tablename = c.relname and p.schemaname = current_schema()
     where c.relnamespace = current_schema()::regnamespace and c.relrowsecurity and c.relforcerowsecurity
       and p.policyname = 'org_scope' and p.qual like '%app.org_id%' and p.with_check like '%app.org_id%'
"""


def faults() -> Iterator[str]:
    """What is not there and should be, a sentence each."""
    connection = session().connection()
    dialect = connection.dialect.name
    there = {tuple(row) for row in connection.execute(text(TRIGGERS[dialect]))}
    for table in APPEND_ONLY:
        for name in (name.format(table) for name in NAMES[dialect]):
            if (table, name) not in there:
                yield f"{table}: the trigger {name} is missing, so that its rows can be changed"
    if dialect == "postgresql":
        walled = set(connection.scalars(text(WALLED)))
        for table in sorted(_tenant_tables() - walled):
            yield f"{table}: the row-level security of organizations is off"


def _tenant_tables() -> set[str]:
    return {m.local_table.name for m in Base.registry.mappers if issubclass(m.class_, OrgOwned)}  # type: ignore[attr-defined]
