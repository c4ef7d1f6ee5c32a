"""Changes of e-mail addresses: asked for, proved, undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "email_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("old_email", sa.String(), nullable=False),
        sa.Column("new_email", sa.String(), nullable=False),
        sa.Column("link_fingerprint", sa.String(), nullable=True),
        sa.Column("code_fingerprint", sa.String(), nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("undo_fingerprint", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["portal_user.id"], name=op.f("fk_email_change_user_id_portal_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_change")),
        sa.UniqueConstraint("link_fingerprint", name=op.f("uq_email_change_link_fingerprint")),
        sa.UniqueConstraint("undo_fingerprint", name=op.f("uq_email_change_undo_fingerprint")),
    )
    op.create_index(op.f("ix_email_change_user_id"), "email_change", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_table("email_change")
