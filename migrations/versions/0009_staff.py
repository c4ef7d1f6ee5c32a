"""The staff console: what staff decided in words, and which organizations have no owner who looks after them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_staff_decision_reason_given")),
        sa.ForeignKeyConstraint(["decided_by"], ["portal_user.id"],
                                name=op.f("fk_staff_decision_decided_by_portal_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_decision")),
    )  # fmt: skip
    op.create_index(op.f("ix_staff_decision_subject_id"), "staff_decision", ["subject_id"], unique=False)
    for statement in _append_only(op.get_bind().dialect.name):
        op.execute(statement)
    for name in ("owners_look_at", "ownerless_since"):
        op.add_column("organization", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        op.create_index(op.f(f"ix_organization_{name}"), "organization", [name], unique=False)
    op.execute("UPDATE organization SET owners_look_at = created_at")


def downgrade() -> None:
    for name in ("owners_look_at", "ownerless_since"):
        op.drop_index(op.f(f"ix_organization_{name}"), table_name="organization")
        op.execute(f"ALTER TABLE organization DROP COLUMN {name}")
    op.drop_table("staff_decision")


def _append_only(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER staff_decision_never_{act}d BEFORE {act.upper()} ON staff_decision "
            "BEGIN SELECT RAISE(ABORT, 'staff_decision is append-only'); END"
            for act in ("update", "delete")
        ]
    run = "EXECUTE FUNCTION refuse_change()"
    return [
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON staff_decision FOR EACH ROW {run}",
        f"CREATE TRIGGER never_truncated BEFORE TRUNCATE ON staff_decision {run}",
    ]
