"""Staff who read an organization's pages, and indexes for what the staff console lists by time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


BY_TIME = (
    ("programme_event", ["at", "id"]), ("staff_decision", ["at", "id"]), ("client_account", ["signed_up_at", "id"]),
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "staff_reading",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_staff_reading_reason_given")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_staff_reading_org_id_organization")),
        sa.ForeignKeyConstraint(["user_id"], ["portal_user.id"], name=op.f("fk_staff_reading_user_id_portal_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_reading")),
    )
    op.create_index(op.f("ix_staff_reading_user_id_org_id"), "staff_reading", ["user_id", "org_id"], unique=False)
    op.create_index(op.f("ix_staff_reading_ended_at_until"), "staff_reading", ["ended_at", "until"], unique=False)
    for table, columns in BY_TIME:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns, unique=False)
    op.create_table(
        "staff_reading_page",
        sa.Column("reading_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["staff_reading.id"],
                                name=op.f("fk_staff_reading_page_reading_id_staff_reading")),
        sa.PrimaryKeyConstraint("reading_id", "endpoint", name=op.f("pk_staff_reading_page")),
    )  # fmt: skip


def downgrade() -> None:
    for table, columns in BY_TIME:
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table_name=table)
    op.drop_table("staff_reading_page")
    op.drop_table("staff_reading")
