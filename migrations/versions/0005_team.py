"""The team: how a membership came to be, what is next due about a join request, and mailed links to invitations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
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
    op.add_column("invitation", sa.Column("invited_by", sa.Uuid(), nullable=True))
    op.add_column("invitation", sa.Column("accepted_by", sa.Uuid(), nullable=True))
    op.create_table(
        "invitation_link",
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_invitation_link_org_id_organization")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_invitation_link")),
    )
    op.create_index(op.f("ix_invitation_link_invitation_id"), "invitation_link", ["invitation_id"])


def downgrade() -> None:
    op.drop_table("invitation_link")
    op.drop_column("invitation", "accepted_by")
    op.drop_column("invitation", "invited_by")
    op.drop_column("join_deadline", "told_staff_at")
    op.drop_index("ix_join_deadline_due_at", "join_deadline")
    op.alter_column("join_deadline", "due_at", new_column_name="expires_at")
    op.create_index("ix_join_deadline_expires_at", "join_deadline", ["expires_at"])
    op.drop_column("membership", "admitted_by")
    op.drop_column("membership", "via")
