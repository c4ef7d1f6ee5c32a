"""Every table of the first version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("browser_fingerprint", sa.String(), nullable=True),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("link_fingerprint", sa.String(), nullable=True),
        sa.Column("code_fingerprint", sa.String(), nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_request")),
        sa.UniqueConstraint("link_fingerprint", name=op.f("uq_account_request_link_fingerprint")),
    )
    with op.batch_alter_table("account_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_account_request_browser_fingerprint"), ["browser_fingerprint"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_account_request_email_key_created_at"), ["email_key", "created_at"], unique=False
        )

    op.create_table(
        "client_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("owner_name", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("email_domain", sa.String(), nullable=True),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("referral", sa.String(), nullable=True),
        sa.Column("came_by", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_account")),
        sa.UniqueConstraint("external_id", name=op.f("uq_client_account_external_id")),
    )
    with op.batch_alter_table("client_account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_account_site_signed_up_at"), ["site", "signed_up_at"], unique=False)

    op.create_table(
        "organization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("slug", name=op.f("uq_organization_slug")),
    )
    op.create_table(
        "portal_user",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_user")),
        sa.UniqueConstraint("email_key", name=op.f("uq_portal_user_email_key")),
    )
    op.create_table(
        "programme_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("fields", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_event")),
    )
    op.create_table(
        "staff_grant",
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("email_key", name=op.f("pk_staff_grant")),
    )
    op.create_table(
        "throttle",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "window_start", name=op.f("pk_throttle")),
    )
    op.create_table(
        "application",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("domain_is_public", sa.Boolean(), nullable=False),
        sa.Column("org_name", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "outcome in ('approved', 'declined', 'withdrawn', 'joined')", name=op.f("ck_application_outcome")
        ),
        sa.CheckConstraint(
            "(outcome is null) = (decided_at is null)", name=op.f("ck_application_outcome_when_decided")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_application_org_id_organization")),
        sa.ForeignKeyConstraint(["user_id"], ["portal_user.id"], name=op.f("fk_application_user_id_portal_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_application_domain"), ["domain"], unique=False)
        batch_op.create_index(
            "uq_application_open",
            ["user_id"],
            unique=True,
            sqlite_where=sa.text("decided_at is null"),
            postgresql_where=sa.text("decided_at is null"),
        )

    op.create_table(
        "client",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_account_id", sa.Uuid(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("active_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("trace", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.CheckConstraint("(basis is null) = (state = 'declined')", name=op.f("ck_client_basis_when_credited")),
        sa.CheckConstraint("basis in ('lead', 'link')", name=op.f("ck_client_basis")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_client_reason_given")),
        sa.CheckConstraint("state in ('pending', 'active', 'ended', 'declined')", name=op.f("ck_client_state")),
        sa.ForeignKeyConstraint(
            ["client_account_id"], ["client_account.id"], name=op.f("fk_client_client_account_id_client_account")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_client_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_client")),
        sa.UniqueConstraint("org_id", "client_account_id", name=op.f("uq_client_org_id_client_account_id")),
    )
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_client_org_id_signed_up_at_id"), ["org_id", "signed_up_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_client_org_id_site"), ["org_id", "site"], unique=False)

    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_account_id", sa.Uuid(), nullable=False),
        sa.Column("winner_id", sa.Uuid(), nullable=True),
        sa.Column("contender_id", sa.Uuid(), nullable=True),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("findings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_decision_reason_given")),
        sa.CheckConstraint("(winner_id is null) = (basis is null)", name=op.f("ck_decision_basis_when_won")),
        sa.ForeignKeyConstraint(
            ["client_account_id"], ["client_account.id"], name=op.f("fk_decision_client_account_id_client_account")
        ),
        sa.ForeignKeyConstraint(
            ["contender_id"], ["organization.id"], name=op.f("fk_decision_contender_id_organization")
        ),
        sa.ForeignKeyConstraint(["winner_id"], ["organization.id"], name=op.f("fk_decision_winner_id_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_client_account_id"), ["client_account_id"], unique=False)

    op.create_table(
        "domain",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("proof", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("include_subdomains", sa.Boolean(), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("policy in ('auto', 'request', 'closed')", name=op.f("ck_domain_policy")),
        sa.CheckConstraint("proof = 'dns' or not include_subdomains", name=op.f("ck_domain_subdomains_need_dns")),
        sa.CheckConstraint("proof in ('staff', 'dns')", name=op.f("ck_domain_proof")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_domain_org_id_organization")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_domain")),
    )
    with op.batch_alter_table("domain", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_domain_org_id"), ["org_id"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_invitation_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invitation")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_email_key"), ["email_key"], unique=False)
        batch_op.create_index(
            "uq_invitation_open",
            ["org_id", "email_key"],
            unique=True,
            sqlite_where=sa.text("accepted_at is null and revoked_at is null"),
            postgresql_where=sa.text("accepted_at is null and revoked_at is null"),
        )

    op.create_table(
        "join_deadline",
        sa.Column("join_request_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_join_deadline_org_id_organization")),
        sa.PrimaryKeyConstraint("join_request_id", name=op.f("pk_join_deadline")),
    )
    with op.batch_alter_table("join_deadline", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_join_deadline_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "join_request",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.CheckConstraint(
            "outcome in ('approved', 'declined', 'expired', 'withdrawn')", name=op.f("ck_join_request_outcome")
        ),
        sa.CheckConstraint(
            "(outcome is null) = (decided_at is null)", name=op.f("ck_join_request_outcome_when_decided")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_join_request_org_id_organization")),
        sa.ForeignKeyConstraint(["user_id"], ["portal_user.id"], name=op.f("fk_join_request_user_id_portal_user")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_join_request")),
    )
    with op.batch_alter_table("join_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_join_request_user_id"), ["user_id"], unique=False)
        batch_op.create_index(
            "uq_join_request_open",
            ["org_id", "user_id"],
            unique=True,
            sqlite_where=sa.text("decided_at is null"),
            postgresql_where=sa.text("decided_at is null"),
        )

    op.create_table(
        "lead",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("contact_name", sa.String(), nullable=True),
        sa.Column("contact_email", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "end_reason in ('won', 'expired', 'withdrawn', 'lost', 'too-late')", name=op.f("ck_lead_end_reason")
        ),
        sa.CheckConstraint("(end_reason is null) = (ended_at is null)", name=op.f("ck_lead_reason_when_ended")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_lead_org_id_organization")),
        sa.ForeignKeyConstraint(["submitted_by"], ["portal_user.id"], name=op.f("fk_lead_submitted_by_portal_user")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_lead")),
    )
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_lead_org_id_submitted_at_id"), ["org_id", "submitted_at", "id"], unique=False
        )
        batch_op.create_index(
            "uq_lead_live",
            ["org_id", "site"],
            unique=True,
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )

    op.create_table(
        "membership",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("provenance", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role in ('owner', 'admin', 'member')", name=op.f("ck_membership_role")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_membership_org_id_organization")),
        sa.ForeignKeyConstraint(["user_id"], ["portal_user.id"], name=op.f("fk_membership_user_id_portal_user")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_membership")),
        sa.UniqueConstraint("org_id", "user_id", name=op.f("uq_membership_org_id_user_id")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_user_id"), ["user_id"], unique=False)

    op.create_table(
        "org_event",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("fields", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_org_event_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_org_event")),
    )
    with op.batch_alter_table("org_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_org_event_org_id_at"), ["org_id", "at"], unique=False)

    op.create_table(
        "org_totals",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("declined", sa.Integer(), nullable=False),
        sa.Column("leads", sa.Integer(), nullable=False),
        sa.Column("live_leads", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_org_totals_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_org_totals")),
    )
    op.create_table(
        "outbox_mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("to_address", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=False),
        sa.Column("dedupe", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('queued', 'sent', 'failed')", name=op.f("ck_outbox_mail_state")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_outbox_mail_org_id_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mail")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_outbox_mail_dedupe")),
    )
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_mail_state_due_at"), ["state", "due_at"], unique=False)

    op.create_table(
        "password_reset",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("link_fingerprint", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["portal_user.id"], name=op.f("fk_password_reset_user_id_portal_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_reset")),
        sa.UniqueConstraint("link_fingerprint", name=op.f("uq_password_reset_link_fingerprint")),
    )
    with op.batch_alter_table("password_reset", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_password_reset_user_id"), ["user_id"], unique=False)

    op.create_table(
        "referral_code",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_referral_code_org_id_organization")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_referral_code")),
    )
    with op.batch_alter_table("referral_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referral_code_org_id"), ["org_id"], unique=False)

    op.create_table(
        "site_hold",
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.CheckConstraint("(held_from is null) = (held_until is null)", name=op.f("ck_site_hold_held_from_until")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_site_hold_org_id_organization")),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_site_hold")),
    )
    with op.batch_alter_table("site_hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_hold_held_until"), ["held_until"], unique=False)
        batch_op.create_index(batch_op.f("ix_site_hold_site_submitted_at"), ["site", "submitted_at"], unique=False)
        batch_op.create_index(
            "uq_site_hold_holder",
            ["site"],
            unique=True,
            sqlite_where=sa.text("ended_at is null and held_from is not null"),
            postgresql_where=sa.text("ended_at is null and held_from is not null"),
        )
        batch_op.create_index(
            "uq_site_hold_live",
            ["site", "org_id"],
            unique=True,
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )

    op.create_table(
        "user_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret_fingerprint", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["portal_user.id"], name=op.f("fk_user_session_user_id_portal_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("secret_fingerprint", name=op.f("uq_user_session_secret_fingerprint")),
    )
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "credit_entry",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reverses", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id", "client_id"],
            ["client.org_id", "client.id"],
            name=op.f("fk_credit_entry_org_id_client_id_client"),
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_credit_entry_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_credit_entry")),
        sa.UniqueConstraint("org_id", "seq", name=op.f("uq_credit_entry_org_id_seq")),
    )
    with op.batch_alter_table("credit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credit_entry_org_id_client_id"), ["org_id", "client_id"], unique=False)

    op.create_table(
        "referral_link",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["code"], ["referral_code.code"], name=op.f("fk_referral_link_code_referral_code")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["portal_user.id"], name=op.f("fk_referral_link_created_by_portal_user")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "lead_id"], ["lead.org_id", "lead.id"], name=op.f("fk_referral_link_org_id_lead_id_lead")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_referral_link_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_referral_link")),
        sa.UniqueConstraint("org_id", "lead_id", name=op.f("uq_referral_link_org_id_lead_id")),
    )
    with op.batch_alter_table("referral_link", schema=None) as batch_op:
        batch_op.create_index(
            "uq_referral_link_primary",
            ["org_id"],
            unique=True,
            sqlite_where=sa.text("is_primary"),
            postgresql_where=sa.text("is_primary"),
        )

    op.create_table(
        "source_credit",
        sa.Column("client_account_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('pending', 'active', 'ended')", name=op.f("ck_source_credit_state")),
        sa.ForeignKeyConstraint(
            ["client_account_id"], ["client_account.id"], name=op.f("fk_source_credit_client_account_id_client_account")
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_source_credit_decision_id_decision")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_source_credit_org_id_organization")),
        sa.PrimaryKeyConstraint("client_account_id", name=op.f("pk_source_credit")),
    )
    with op.batch_alter_table("source_credit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_source_credit_org_id"), ["org_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_source_credit_state_hold_until"), ["state", "hold_until"], unique=False)

    op.create_table(
        "visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("token_fingerprint", sa.String(), nullable=False),
        sa.Column("browser_fingerprint", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["code"], ["referral_code.code"], name=op.f("fk_visit_code_referral_code")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_visit_org_id_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("token_fingerprint", name=op.f("uq_visit_token_fingerprint")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_visit_browser_fingerprint_opened_at"), ["browser_fingerprint", "opened_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_browser_fingerprint_opened_at"))

    op.drop_table("visit")
    with op.batch_alter_table("source_credit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_source_credit_state_hold_until"))
        batch_op.drop_index(batch_op.f("ix_source_credit_org_id"))

    op.drop_table("source_credit")
    with op.batch_alter_table("referral_link", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_referral_link_primary", sqlite_where=sa.text("is_primary"), postgresql_where=sa.text("is_primary")
        )

    op.drop_table("referral_link")
    with op.batch_alter_table("credit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credit_entry_org_id_client_id"))

    op.drop_table("credit_entry")
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_session_user_id"))

    op.drop_table("user_session")
    with op.batch_alter_table("site_hold", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_site_hold_live", sqlite_where=sa.text("ended_at is null"), postgresql_where=sa.text("ended_at is null")
        )
        batch_op.drop_index(
            "uq_site_hold_holder",
            sqlite_where=sa.text("ended_at is null and held_from is not null"),
            postgresql_where=sa.text("ended_at is null and held_from is not null"),
        )
        batch_op.drop_index(batch_op.f("ix_site_hold_site_submitted_at"))
        batch_op.drop_index(batch_op.f("ix_site_hold_held_until"))

    op.drop_table("site_hold")
    with op.batch_alter_table("referral_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referral_code_org_id"))

    op.drop_table("referral_code")
    with op.batch_alter_table("password_reset", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_password_reset_user_id"))

    op.drop_table("password_reset")
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_mail_state_due_at"))

    op.drop_table("outbox_mail")
    op.drop_table("org_totals")
    with op.batch_alter_table("org_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_org_event_org_id_at"))

    op.drop_table("org_event")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_user_id"))

    op.drop_table("membership")
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_lead_live", sqlite_where=sa.text("ended_at is null"), postgresql_where=sa.text("ended_at is null")
        )
        batch_op.drop_index(batch_op.f("ix_lead_org_id_submitted_at_id"))

    op.drop_table("lead")
    with op.batch_alter_table("join_request", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_join_request_open",
            sqlite_where=sa.text("decided_at is null"),
            postgresql_where=sa.text("decided_at is null"),
        )
        batch_op.drop_index(batch_op.f("ix_join_request_user_id"))

    op.drop_table("join_request")
    with op.batch_alter_table("join_deadline", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_join_deadline_expires_at"))

    op.drop_table("join_deadline")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_invitation_open",
            sqlite_where=sa.text("accepted_at is null and revoked_at is null"),
            postgresql_where=sa.text("accepted_at is null and revoked_at is null"),
        )
        batch_op.drop_index(batch_op.f("ix_invitation_email_key"))

    op.drop_table("invitation")
    with op.batch_alter_table("domain", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_domain_org_id"))

    op.drop_table("domain")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_client_account_id"))

    op.drop_table("decision")
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_client_org_id_site"))
        batch_op.drop_index(batch_op.f("ix_client_org_id_signed_up_at_id"))

    op.drop_table("client")
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_application_open",
            sqlite_where=sa.text("decided_at is null"),
            postgresql_where=sa.text("decided_at is null"),
        )
        batch_op.drop_index(batch_op.f("ix_application_domain"))

    op.drop_table("application")
    op.drop_table("throttle")
    op.drop_table("staff_grant")
    op.drop_table("programme_event")
    op.drop_table("portal_user")
    op.drop_table("organization")
    with op.batch_alter_table("client_account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_client_account_site_signed_up_at"))

    op.drop_table("client_account")
    with op.batch_alter_table("account_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_request_email_key_created_at"))
        batch_op.drop_index(batch_op.f("ix_account_request_browser_fingerprint"))

    op.drop_table("account_request")
