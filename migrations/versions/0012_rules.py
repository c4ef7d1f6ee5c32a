"""The versions of the rules; the first one is what they were from the beginning."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

FIRST = {
    "version": 1, "window_days": 90, "lead_days": 90, "hold_hours": 24, "rule_order": "lead-first", "click": "last",
    "reason": "The rules that the programme began with.", "decided_by": None,
}  # fmt: skip


def upgrade() -> None:
    rules = op.create_table(
        "rule_set",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("hold_hours", sa.Integer(), nullable=False),
        sa.Column("rule_order", sa.String(), nullable=False),
        sa.Column("click", sa.String(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("ck_rule_set_version")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_rule_set_reason_given")),
        sa.CheckConstraint("rule_order in ('lead-first', 'link-first')", name=op.f("ck_rule_set_rule_order")),
        sa.CheckConstraint("click in ('last', 'first')", name=op.f("ck_rule_set_click")),
        sa.ForeignKeyConstraint(["decided_by"], ["portal_user.id"], name=op.f("fk_rule_set_decided_by_portal_user")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rule_set")),
    )
    assert rules is not None
    beginning = datetime(1970, 1, 1, tzinfo=None if _sqlite() else UTC)  # no sign-up is from before
    op.bulk_insert(rules, [FIRST | {"valid_from": beginning}])
    for statement in _never_changed("rule_set"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("rule_set")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _never_changed(table: str) -> list[str]:
    if _sqlite():
        return [
            f"CREATE TRIGGER {table}_never_{act}d BEFORE {act.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for act in ("update", "delete")
        ]
    return [
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON {table} EXECUTE FUNCTION refuse_change()",
    ]
