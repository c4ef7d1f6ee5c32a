"""The team: how a membership came to be, and what is next due about a join request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0002"
branch_labels = None
depends_on = None

# Columns are added and dropped one by one: a table that batch mode copies on SQLite comes back without its checks.


def upgrade() -> None:
    op.add_column("membership", sa.Column("via", sa.String(), nullable=True))
    op.add_column("membership", sa.Column("admitted_by", sa.Uuid(), nullable=True))
    op.drop_index("ix_join_deadline_expires_at", "join_deadline")
    op.alter_column("join_deadline", "expires_at", new_column_name="due_at")
    op.create_index("ix_join_deadline_due_at", "join_deadline", ["due_at"])
    op.add_column("join_deadline", sa.Column("told_staff_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("join_deadline", "told_staff_at")
    op.drop_index("ix_join_deadline_due_at", "join_deadline")
    op.alter_column("join_deadline", "due_at", new_column_name="expires_at")
    op.create_index("ix_join_deadline_expires_at", "join_deadline", ["expires_at"])
    op.drop_column("membership", "admitted_by")
    op.drop_column("membership", "via")
