"""New tables of credit: managed accounts, hand-overs, disputes and rulings, the sites a client has had."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credit_deadline",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_credit_deadline_org_id_organization")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_credit_deadline")),
    )
    with op.batch_alter_table("credit_deadline", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credit_deadline_due_at"), ["due_at"], unique=False)

    op.create_table(
        "statement",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_statement_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "month", name=op.f("pk_statement")),
    )
    op.create_table(
        "client_site",
        sa.Column("client_account_id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_account_id"], ["client_account.id"], name=op.f("fk_client_site_client_account_id_client_account")
        ),
        sa.PrimaryKeyConstraint("client_account_id", "site", "since", name=op.f("pk_client_site")),
    )
    with op.batch_alter_table("client_site", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_site_site_since"), ["site", "since"], unique=False)

    op.create_table(
        "dispute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('conflict', 'suggestion', 'dispute')", name=op.f("ck_dispute_kind")),
        sa.ForeignKeyConstraint(
            ["client_account_id"], ["client_account.id"], name=op.f("fk_dispute_client_account_id_client_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
    )
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dispute_client_account_id"), ["client_account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dispute_closed_at_answer_by"), ["closed_at", "answer_by"], unique=False)
        batch_op.create_index(
            "uq_dispute_open",
            ["client_account_id"],
            unique=True,
            sqlite_where=sa.text("closed_at is null"),
            postgresql_where=sa.text("closed_at is null"),
        )

    op.create_table(
        "managed_seat",
        sa.Column("client_account_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_account_id"], ["client_account.id"], name=op.f("fk_managed_seat_client_account_id_client_account")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_managed_seat_org_id_organization")),
        sa.PrimaryKeyConstraint("client_account_id", name=op.f("pk_managed_seat")),
    )
    with op.batch_alter_table("managed_seat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_managed_seat_org_id"), ["org_id"], unique=False)

    op.create_table(
        "managed_ask",
        sa.Column("client_account_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_account_id"], ["client_account.id"], name=op.f("fk_managed_ask_client_account_id_client_account")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_managed_ask_org_id_organization")),
        sa.PrimaryKeyConstraint("client_account_id", "org_id", name=op.f("pk_managed_ask")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_managed_ask_claim_id")),
    )
    op.create_table(
        "dispute_party",
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_party_dispute_id_dispute")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_dispute_party_org_id_organization")),
        sa.PrimaryKeyConstraint("dispute_id", "org_id", name=op.f("pk_dispute_party")),
    )
    op.create_table(
        "dispute_side",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_credited", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.CheckConstraint("(answer is null) = (closed_at is null)", name=op.f("ck_dispute_side_answer_when_closed")),
        sa.ForeignKeyConstraint(["asked_by"], ["portal_user.id"], name=op.f("fk_dispute_side_asked_by_portal_user")),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_side_dispute_id_dispute")),
        sa.ForeignKeyConstraint(
            ["org_id", "client_id"],
            ["client.org_id", "client.id"],
            name=op.f("fk_dispute_side_org_id_client_id_client"),
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_dispute_side_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_dispute_side")),
        sa.UniqueConstraint("org_id", "dispute_id", name=op.f("uq_dispute_side_org_id_dispute_id")),
    )
    with op.batch_alter_table("dispute_side", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dispute_side_org_id_client_id"), ["org_id", "client_id"], unique=False)

    op.create_table(
        "hand_over",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("client_account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mailed", sa.Integer(), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stop_reason", sa.String(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("stop_reason in ('cancelled', 'refused')", name=op.f("ck_hand_over_stop_reason")),
        sa.CheckConstraint(
            "(stop_reason is null) = (stopped_at is null)", name=op.f("ck_hand_over_reason_when_stopped")
        ),
        sa.ForeignKeyConstraint(
            ["client_account_id"], ["client_account.id"], name=op.f("fk_hand_over_client_account_id_client_account")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["portal_user.id"], name=op.f("fk_hand_over_created_by_portal_user")),
        sa.ForeignKeyConstraint(
            ["org_id", "client_id"], ["client.org_id", "client.id"], name=op.f("fk_hand_over_org_id_client_id_client")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_hand_over_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_hand_over")),
        sa.UniqueConstraint("org_id", "client_account_id", name=op.f("uq_hand_over_org_id_client_account_id")),
        sa.UniqueConstraint("org_id", "client_id", name=op.f("uq_hand_over_org_id_client_id")),
    )
    op.create_table(
        "managed_claim",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("client_account_id", sa.Uuid(), nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("active_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.CheckConstraint("(state = 'ended') = (ended_at is not null)", name=op.f("ck_managed_claim_ended_when")),
        sa.CheckConstraint("state in ('pending', 'active', 'ended')", name=op.f("ck_managed_claim_state")),
        sa.CheckConstraint(
            "(end_reason is null) = (ended_at is null)", name=op.f("ck_managed_claim_reason_when_ended")
        ),
        sa.ForeignKeyConstraint(
            ["claimed_by"], ["portal_user.id"], name=op.f("fk_managed_claim_claimed_by_portal_user")
        ),
        sa.ForeignKeyConstraint(
            ["client_account_id"], ["client_account.id"], name=op.f("fk_managed_claim_client_account_id_client_account")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "client_id"],
            ["client.org_id", "client.id"],
            name=op.f("fk_managed_claim_org_id_client_id_client"),
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_managed_claim_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_managed_claim")),
    )
    with op.batch_alter_table("managed_claim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_managed_claim_org_id_client_id"), ["org_id", "client_id"], unique=False)
        batch_op.create_index(
            "uq_managed_claim_live",
            ["org_id", "client_account_id"],
            unique=True,
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )

    op.create_table(
        "ruling",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_account_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("dispute_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_ruling_reason_given")),
        sa.ForeignKeyConstraint(
            ["client_account_id"], ["client_account.id"], name=op.f("fk_ruling_client_account_id_client_account")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["portal_user.id"], name=op.f("fk_ruling_decided_by_portal_user")),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_ruling_dispute_id_dispute")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_ruling_org_id_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruling")),
    )
    with op.batch_alter_table("ruling", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ruling_client_account_id"), ["client_account_id"], unique=False)

    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_org_id_opened_at"), ["org_id", "opened_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_org_id_opened_at"))

    with op.batch_alter_table("ruling", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ruling_client_account_id"))

    op.drop_table("ruling")
    with op.batch_alter_table("managed_claim", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_managed_claim_live",
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )
        batch_op.drop_index(batch_op.f("ix_managed_claim_org_id_client_id"))

    op.drop_table("managed_claim")
    op.drop_table("hand_over")
    with op.batch_alter_table("dispute_side", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dispute_side_org_id_client_id"))

    op.drop_table("dispute_side")
    op.drop_table("dispute_party")
    with op.batch_alter_table("managed_seat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_managed_seat_org_id"))

    op.drop_table("managed_seat")
    op.drop_table("managed_ask")
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_dispute_open", sqlite_where=sa.text("closed_at is null"), postgresql_where=sa.text("closed_at is null")
        )
        batch_op.drop_index(batch_op.f("ix_dispute_closed_at_answer_by"))
        batch_op.drop_index(batch_op.f("ix_dispute_client_account_id"))

    op.drop_table("dispute")
    with op.batch_alter_table("client_site", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_client_site_site_since"))

    op.drop_table("client_site")
    op.drop_table("statement")
    with op.batch_alter_table("credit_deadline", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credit_deadline_due_at"))

    op.drop_table("credit_deadline")
