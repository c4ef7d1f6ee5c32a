"""The ledger becomes a chain with balances; accounts can be handed over and merged; walls for the new tables."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPEND_ONLY = ("credit_entry", "ruling")
TENANTS = ("dispute_side", "hand_over", "managed_claim")
FILLED = ("client", "credit_entry", "org_totals")
"""Tenants' tables whose rows of every organization are read or changed here."""
BOUND = "nullif(current_setting('app.org_id', true), '')::uuid"
BEFORE = {
    "state": "state in ('pending', 'active', 'ended', 'declined')",
    "basis": "basis in ('lead', 'link')",
    "basis_when_credited": "(basis is null) = (state = 'declined')",
    "reason_given": "reason <> ''",
}
AFTER = BEFORE | {
    "state": "state in ('pending', 'active', 'ended', 'declined', 'none')",
    "basis": "basis in ('lead', 'behalf', 'link', 'ruling')",
    "basis_when_credited": "(basis is null) = (state in ('declined', 'none'))",
    "managed": "managed in ('pending', 'active', 'ended')",
    "managed_at": "(managed is null) = (managed_at is null)",
    "managed_reason": "(managed is null) = (managed_reason is null)",
}
CLIENT = {"managed": sa.String(), "managed_at": sa.DateTime(timezone=True),
          "managed_reason": sa.String(), "review_by": sa.DateTime(timezone=True),
          "lead_id": sa.Uuid(),
          "hand_over_by": sa.DateTime(timezone=True)}  # fmt: skip
ACCOUNT = {"created_for": sa.Uuid(), "accepted_at": sa.DateTime(timezone=True), "merged_into": sa.Uuid(),
           "merged_at": sa.DateTime(timezone=True)}  # fmt: skip
ENTRY = {"client_account_id": sa.Uuid(), "managed": sa.Integer(), "pending_after": sa.Integer(),
         "active_after": sa.Integer(), "managed_after": sa.Integer(), "ruling_id": sa.Uuid(),
         "previous_hash": sa.String(), "hash": sa.String()}  # fmt: skip


def upgrade() -> None:
    _allow_changes("credit_entry")
    _wall_off(FILLED)
    with op.batch_alter_table("client") as batch:
        _replace_checks(batch, BEFORE, AFTER, CLIENT)
        batch.create_index("ix_client_org_id_lead_id", ["org_id", "lead_id"])
    with op.batch_alter_table("client_account") as batch:
        for name, kind in ACCOUNT.items():
            batch.add_column(sa.Column(name, kind, nullable=True))
        batch.create_foreign_key(
            "fk_client_account_merged_into_client_account", "client_account", ["merged_into"], ["id"]
        )
        batch.create_foreign_key("fk_client_account_created_for_organization", "organization", ["created_for"], ["id"])
    with op.batch_alter_table("site_hold") as batch:
        batch.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("org_totals") as batch:
        batch.add_column(sa.Column("managed", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("head", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("credit_entry") as batch:
        for name, kind in ENTRY.items():
            batch.add_column(sa.Column(name, kind, nullable=True))
    _fill()
    with op.batch_alter_table("credit_entry") as batch:
        for name, kind in ENTRY.items():
            batch.alter_column(name, existing_type=kind, nullable=name == "ruling_id")
        batch.create_index("ix_credit_entry_org_id_at", ["org_id", "at"])
        batch.create_foreign_key("fk_credit_entry_ruling_id_ruling", "ruling", ["ruling_id"], ["id"])
        batch.create_foreign_key(
            "fk_credit_entry_client_account_id_client_account", "client_account", ["client_account_id"], ["id"]
        )
    _wall_on(FILLED)
    _protect(TENANTS)
    for table in APPEND_ONLY:
        _refuse_changes(table)


def downgrade() -> None:
    for table in APPEND_ONLY:
        _allow_changes(table)
    if not _sqlite():
        for table in TENANTS:
            op.execute(f"DROP POLICY org_scope ON {table}")
            op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    with op.batch_alter_table("credit_entry") as batch:
        batch.drop_index("ix_credit_entry_org_id_at")
        batch.drop_constraint("fk_credit_entry_client_account_id_client_account", type_="foreignkey")
        batch.drop_constraint("fk_credit_entry_ruling_id_ruling", type_="foreignkey")
        for name in ENTRY:
            batch.drop_column(name)
    for table, names in {"org_totals": ("managed", "head"), "site_hold": ("withdrawn_at",)}.items():
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.drop_column(name)
    with op.batch_alter_table("client_account") as batch:
        batch.drop_constraint("fk_client_account_created_for_organization", type_="foreignkey")
        batch.drop_constraint("fk_client_account_merged_into_client_account", type_="foreignkey")
        for name in ACCOUNT:
            batch.drop_column(name)
    with op.batch_alter_table("client") as batch:
        batch.drop_index("ix_client_org_id_lead_id")
        _replace_checks(batch, AFTER, BEFORE, {})
        for name in CLIENT:
            batch.drop_column(name)
    _refuse_changes("credit_entry")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _replace_checks(batch: Any, old: dict[str, str], new: dict[str, str], columns: dict[str, Any]) -> None:
    """Put the new rules in the place of the old ones, and add columns meanwhile."""
    for name in old:
        if new.get(name) != old[name]:
            batch.drop_constraint(op.f(f"ck_client_{name}"), type_="check")
    for name, kind in columns.items():
        batch.add_column(sa.Column(name, kind, nullable=True))
    for name, rule in new.items():
        if rule != old.get(name):
            batch.create_check_constraint(op.f(f"ck_client_{name}"), rule)


def _fill() -> None:
    """What was there before: every account's site, withdrawals, and the ledger's lines as a chain."""
    bind = op.get_bind()
    op.execute(
        "insert into client_site (client_account_id, site, since, until) "
        "select id, site, signed_up_at, null from client_account"
    )
    op.execute("update site_hold set withdrawn_at = ended_at where end_reason = 'withdrawn'")
    names = ["seq", "kind", "basis", "reason", "pending", "active", "actor_kind", "reverses"]
    keys = ["id", "org_id", "client_id", "actor_id"]
    entry = sa.table(
        "credit_entry", *map(sa.column, names), sa.column("at", sa.DateTime(timezone=True)),
        *(sa.column(name, sa.Uuid()) for name in keys), *(sa.column(name, kind) for name, kind in ENTRY.items()),
    )  # fmt: skip
    client = sa.table("client", *(sa.column(name, sa.Uuid()) for name in ("id", "client_account_id")))
    totals = sa.table("org_totals", sa.column("org_id", sa.Uuid()), sa.column("head"))
    accounts = {row.id: row.client_account_id for row in bind.execute(sa.select(client))}
    sums: dict[uuid.UUID, list[Any]] = defaultdict(lambda: [0, 0, "0" * 64])
    for row in bind.execute(sa.select(entry).order_by(entry.c.org_id, entry.c.seq)).all():
        held = sums[row.org_id]
        pending, active = held[0] + row.pending, held[1] + row.active
        values = row._asdict() | {
            "client_account_id": accounts[row.client_id], "managed": 0, "pending_after": pending,
            "active_after": active, "managed_after": 0, "ruling_id": None, "previous_hash": held[2],
        }  # fmt: skip
        values["hash"] = _seal(values)
        sums[row.org_id] = [pending, active, values["hash"]]
        new = {name: values[name] for name in ENTRY}
        bind.execute(sa.update(entry).where(entry.c.id == row.id, entry.c.org_id == row.org_id).values(**new))
    for org_id, (_, _, head) in sums.items():
        bind.execute(sa.update(totals).where(totals.c.org_id == org_id).values(head=head))


def _seal(values: dict[str, Any]) -> str:
    """SHA-256 over a line, as the ledger does it since this version."""
    at: datetime = values["at"]
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    plain = {name: str(value) if isinstance(value, uuid.UUID) else value for name, value in values.items()}
    del plain["hash"]
    text = json.dumps(plain | {"at": at.isoformat()}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _wall_off(tables: tuple[str, ...]) -> None:
    for table in tables if not _sqlite() else ():
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def _wall_on(tables: tuple[str, ...]) -> None:
    for table in tables if not _sqlite() else ():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


def _protect(tables: tuple[str, ...]) -> None:
    own = f"org_id = {BOUND}"
    for table in tables if not _sqlite() else ():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY org_scope ON {table} USING ({own}) WITH CHECK ({own})")


def _allow_changes(table: str) -> None:
    if _sqlite():
        op.execute(f"DROP TRIGGER {table}_never_updated")
        op.execute(f"DROP TRIGGER {table}_never_deleted")
    else:
        op.execute(f"DROP TRIGGER append_only ON {table}")
        op.execute(f"DROP TRIGGER never_truncated ON {table}")


def _refuse_changes(table: str) -> None:
    if _sqlite():
        for act in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_never_{act}d BEFORE {act.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    else:
        refuse = "EXECUTE FUNCTION refuse_change()"
        op.execute(f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {refuse}")
        op.execute(f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table} {refuse}")
