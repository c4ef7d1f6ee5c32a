"""What the database itself refuses: changing what is append-only, and reading another organization's rows."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("credit_entry", "decision", "org_event", "programme_event", "rule_set", "ruling", "staff_decision")
TENANTS = (
    "client", "credit_entry", "dispute_side", "domain_claim", "hand_over", "invitation", "join_request", "lead",
    "mail_choice", "managed_claim", "membership", "org_event", "org_totals", "owner_recovery", "referral_link",
)  # fmt: skip
PERSONAL = {"membership": ("user_id", "uuid"), "join_request": ("user_id", "uuid"), "invitation": ("email_key", "text")}
"""Tables whose rows a person may read outside any organization, and the column that names the person."""

BOUND = "nullif(current_setting('app.org_id', true), '')::uuid"


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in APPEND_ONLY:
        for statement in _sqlite_append_only(table) if sqlite else _postgresql_append_only(table):
            op.execute(statement)
    for table in TENANTS if not sqlite else ():
        for statement in _row_level_security(table):
            op.execute(statement)


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in APPEND_ONLY:
        if sqlite:
            op.execute(f"DROP TRIGGER {table}_never_updated")
            op.execute(f"DROP TRIGGER {table}_never_deleted")
        else:
            op.execute(f"DROP TRIGGER append_only ON {table}")
            op.execute(f"DROP TRIGGER never_truncated ON {table}")
    if not sqlite:
        op.execute("DROP FUNCTION refuse_change()")
        for table in TENANTS:
            op.execute(f"DROP POLICY org_scope ON {table}")
            op.execute(f"DROP POLICY IF EXISTS person_reads ON {table}")
            op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def _sqlite_append_only(table: str) -> list[str]:
    # INSERT OR REPLACE deletes first: recursive_triggers=ON (db.py) makes that fire the second trigger too.
    return [
        f"CREATE TRIGGER {table}_never_{act}d BEFORE {act.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for act in ("update", "delete")
    ]


def _postgresql_append_only(table: str) -> list[str]:
    function = """
        CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
    """
    return [
        function,
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change()",
    ]


def _row_level_security(table: str) -> list[str]:
    own = f"org_id = {BOUND}"
    walls = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",  # the owner too: migrations and portal may share a role
        f"CREATE POLICY org_scope ON {table} USING ({own}) WITH CHECK ({own})",
    ]
    if table in PERSONAL:
        column, kind = PERSONAL[table]
        mine = f"{BOUND} IS NULL AND {column} = nullif(current_setting('app.{column}', true), '')::{kind}"
        walls.append(f"CREATE POLICY person_reads ON {table} FOR SELECT USING ({mine})")
    return walls
