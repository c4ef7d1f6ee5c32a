"""Recovering the ownership of an organization whose owners are gone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TENANTS = ("owner_recovery",)
BOUND = "nullif(current_setting('app.org_id', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        "owner_recovery",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("seen_at", sa.String(), nullable=True),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.CheckConstraint("(outcome is null) = (decided_at is null)",
                           name=op.f("ck_owner_recovery_outcome_when_decided")),
        sa.CheckConstraint("outcome in ('granted', 'objected', 'refused', 'withdrawn')",
                           name=op.f("ck_owner_recovery_outcome")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_owner_recovery_org_id_organization")),
        sa.ForeignKeyConstraint(["user_id"], ["portal_user.id"], name=op.f("fk_owner_recovery_user_id_portal_user")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_owner_recovery")),
    )  # fmt: skip
    undecided = sa.text("decided_at is null")
    op.create_index("uq_owner_recovery_open", "owner_recovery", ["org_id", "user_id"], unique=True,
                    sqlite_where=undecided, postgresql_where=undecided)  # fmt: skip
    op.create_table(
        "recovery_deadline",
        sa.Column("recovery_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_recovery_deadline_org_id_organization")),
        sa.PrimaryKeyConstraint("recovery_id", name=op.f("pk_recovery_deadline")),
    )
    op.create_index(op.f("ix_recovery_deadline_due_at"), "recovery_deadline", ["due_at"], unique=False)
    if op.get_bind().dialect.name != "sqlite":
        own = f"org_id = {BOUND}"
        op.execute("ALTER TABLE owner_recovery ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE owner_recovery FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY org_scope ON owner_recovery USING ({own}) WITH CHECK ({own})")


def downgrade() -> None:
    op.drop_table("recovery_deadline")
    op.drop_table("owner_recovery")
