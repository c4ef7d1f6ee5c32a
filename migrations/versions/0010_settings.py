"""Settings: the join policy of a new domain, who gets which mails, and who took over a claim or a hand-over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TENANTS = ("mail_choice",)
BOUND = "nullif(current_setting('app.org_id', true), '')::uuid"


def upgrade() -> None:
    # With its check in the column's own definition SQLite can add the column, and drop it again, without a copy.
    op.execute(
        "ALTER TABLE organization ADD COLUMN default_policy VARCHAR NOT NULL DEFAULT 'request' "
        "CONSTRAINT ck_organization_default_policy CHECK (default_policy in ('auto', 'request', 'closed'))"
    )
    op.add_column("managed_claim", sa.Column("taken_over_by", sa.Uuid(), nullable=True))
    op.add_column("hand_over", sa.Column("taken_over_by", sa.Uuid(), nullable=True))
    op.create_table(
        "mail_choice",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=True),
        sa.Column("off_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("topic in ('team', 'domains', 'clients', 'statement')", name=op.f("ck_mail_choice_topic")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_mail_choice_org_id_organization")),
        sa.ForeignKeyConstraint(["user_id"], ["portal_user.id"], name=op.f("fk_mail_choice_user_id_portal_user")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_mail_choice")),
        sa.UniqueConstraint("org_id", "topic", "user_id", name=op.f("uq_mail_choice_org_id_topic_user_id")),
    )
    if op.get_bind().dialect.name != "sqlite":
        own = f"org_id = {BOUND}"
        op.execute("ALTER TABLE mail_choice ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE mail_choice FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY org_scope ON mail_choice USING ({own}) WITH CHECK ({own})")


def downgrade() -> None:
    op.drop_table("mail_choice")
    op.drop_column("hand_over", "taken_over_by")
    op.drop_column("managed_claim", "taken_over_by")
    op.execute("ALTER TABLE organization DROP COLUMN default_policy")
