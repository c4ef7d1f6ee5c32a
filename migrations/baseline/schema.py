"""Every table of the portal, with its keys, checks and indexes, and the rules that the programme begins with."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from hashlib import sha256

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = (
    "account_request", "organization", "portal_user", "programme_event", "staff_grant", "throttle", "mail_provider",
    "application",
    "client_account", "client_event", "domain", "domain_claim", "domain_dispute", "email_change", "invitation",
    "invitation_link", "escalated_request", "event", "job", "join_request", "lead", "mail_choice", "membership",
    "org_event", "ledger_month", "org_merger", "org_pause", "org_totals", "outbox_mail", "own_name", "owner_recovery",
    "password_reset", "referral_code", "rule_set", "site_hold", "staff_decision", "staff_reading",
    "statement", "user_session", "mail_refusal", "webhook_endpoint", "webhook_delivery",
    "client", "client_site", "decision", "dispute", "managed_ask", "managed_seat", "referral_link",
    "staff_reading_page", "network_key", "visit", "visit_day", "sign_up_origin",
    "provisional_sign_up", "dispute_party", "dispute_side", "hand_over",
    "managed_claim", "late_claim", "ruling", "source_credit", "credit_entry", "seal", "seal_segment", "erasure",
    "pruning", "api_token", "api_answer",
)  # fmt: skip
"""In the order of their references."""
FIRST_RULES = {
    "version": 1, "window_days": 90, "lead_days": 90, "hold_hours": 24, "visit_months": 13,
    "rule_order": "lead-first", "click": "last",
    "lead_limit": 25, "lead_cooldown_days": 30,
    "reason": "The rules that the programme began with.", "decided_by": None,
}  # fmt: skip


def create() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE row_number")
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
    op.create_index(op.f("ix_account_request_browser_fingerprint"), "account_request", ["browser_fingerprint"])
    op.create_index(op.f("ix_account_request_email_key_created_at"), "account_request", ["email_key", "created_at"])

    op.create_table(
        "organization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owners_look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ownerless_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("default_policy", sa.String(), nullable=False),
        sa.Column("lead_limit", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "default_policy in ('auto', 'request', 'closed')", name=op.f("ck_organization_default_policy")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("slug", name=op.f("uq_organization_slug")),
    )
    op.create_index(op.f("ix_organization_ownerless_since"), "organization", ["ownerless_since"])
    op.create_index(op.f("ix_organization_owners_look_at"), "organization", ["owners_look_at"])

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
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("fields", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_event")),
    )
    op.create_index(op.f("ix_programme_event_at_id"), "programme_event", ["at", "id"])
    op.create_index(op.f("ix_programme_event_kind_at_id"), "programme_event", ["kind", "at", "id"])

    op.create_table(
        "staff_grant",
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("email_key", name=op.f("pk_staff_grant")),
    )
    op.create_table(
        "mail_provider",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mail_provider")),
    )
    op.create_table(
        "throttle",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", "window_start", name=op.f("pk_throttle")),
    )
    op.create_index(op.f("ix_throttle_forget_at"), "throttle", ["forget_at"])
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
    op.create_index(op.f("ix_application_domain"), "application", ["domain"])
    op.create_index(
        "ix_application_open",
        "application",
        ["id"],
        sqlite_where=sa.text("decided_at is null"),
        postgresql_where=sa.text("decided_at is null"),
    )
    op.create_index(
        "uq_application_open",
        "application",
        ["user_id"],
        unique=True,
        sqlite_where=sa.text("decided_at is null"),
        postgresql_where=sa.text("decided_at is null"),
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
        sa.Column("is_day", sa.Boolean(), nullable=False),
        sa.Column("referral", sa.String(), nullable=True),
        sa.Column("came_by", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_for", sa.Uuid(), nullable=True),
        sa.Column("accept_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unread", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_for"], ["organization.id"], name=op.f("fk_client_account_created_for_organization")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["client_account.id"], name=op.f("fk_client_account_merged_into_client_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_account")),
        sa.UniqueConstraint("external_id", name=op.f("uq_client_account_external_id")),
    )
    op.create_index(
        op.f("ix_client_account_merged_into"),
        "client_account",
        ["merged_into"],
        sqlite_where=sa.text("merged_into is not null"),
        postgresql_where=sa.text("merged_into is not null"),
    )
    op.create_index(op.f("ix_client_account_signed_up_at_id"), "client_account", ["signed_up_at", "id"])
    op.create_index(op.f("ix_client_account_site_signed_up_at"), "client_account", ["site", "signed_up_at"])

    op.create_table(
        "client_event",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("told_by", sa.Uuid(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("target", sa.String(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("interval", sa.String(), nullable=True),
        sa.CheckConstraint(
            "kind in ('cancelled', 'reactivated', 'plan_changed', 'site_changed', 'merged_into', 'managed_by')",
            name=op.f("ck_client_event_kind"),
        ),
        sa.CheckConstraint(
            "(kind = 'plan_changed') = (amount_minor is not null and currency is not null and interval is not null)",
            name=op.f("ck_client_event_plan"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_client_event_reason_given")),
        sa.ForeignKeyConstraint(["told_by"], ["portal_user.id"], name=op.f("fk_client_event_told_by_portal_user")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_client_event")),
        sa.UniqueConstraint("event_id", name=op.f("uq_client_event_event_id")),
    )
    op.create_index(op.f("ix_client_event_external_id_occurred_at"), "client_event", ["external_id", "occurred_at"])
    op.create_index(op.f("ix_client_event_kind_target"), "client_event", ["kind", "target"])

    op.create_table(
        "domain",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("proof", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("include_subdomains", sa.Boolean(), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vouched_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "policy <> 'auto' or proof = 'dns' or vouched_at is not null", name=op.f("ck_domain_auto_needs_word")
        ),
        sa.CheckConstraint("policy in ('auto', 'request', 'closed')", name=op.f("ck_domain_policy")),
        sa.CheckConstraint("proof = 'dns' or not include_subdomains", name=op.f("ck_domain_subdomains_need_dns")),
        sa.CheckConstraint("proof in ('staff', 'dns')", name=op.f("ck_domain_proof")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_domain_org_id_organization")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_domain")),
    )
    op.create_index(op.f("ix_domain_check_at"), "domain", ["check_at"])
    op.create_index(op.f("ix_domain_org_id"), "domain", ["org_id"])

    op.create_table(
        "domain_claim",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("seen_at", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_domain_claim_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_domain_claim")),
        sa.UniqueConstraint("org_id", "name", name=op.f("uq_domain_claim_org_id_name")),
    )
    op.create_table(
        "domain_dispute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint("outcome in ('holder', 'rival', 'withdrawn')", name=op.f("ck_domain_dispute_outcome")),
        sa.CheckConstraint(
            "(outcome is null) = (decided_at is null)", name=op.f("ck_domain_dispute_outcome_when_decided")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_domain_dispute_org_id_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_dispute")),
    )
    op.create_index(op.f("ix_domain_dispute_org_id"), "domain_dispute", ["org_id"])
    op.create_index(
        "uq_domain_dispute_open",
        "domain_dispute",
        ["domain", "org_id"],
        unique=True,
        sqlite_where=sa.text("decided_at is null"),
        postgresql_where=sa.text("decided_at is null"),
    )

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
    op.create_index(op.f("ix_email_change_user_id"), "email_change", ["user_id"])

    op.create_table(
        "invitation",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_invitation_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_invitation")),
    )
    op.create_index(op.f("ix_invitation_email_key"), "invitation", ["email_key"])
    op.create_index(
        "uq_invitation_open",
        "invitation",
        ["org_id", "email_key"],
        unique=True,
        sqlite_where=sa.text("accepted_at is null and revoked_at is null"),
        postgresql_where=sa.text("accepted_at is null and revoked_at is null"),
    )

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

    op.create_table(
        "escalated_request",
        sa.Column("join_request_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("told_staff_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_escalated_request_org_id_organization")),
        sa.PrimaryKeyConstraint("join_request_id", name=op.f("pk_escalated_request")),
    )
    op.create_index(op.f("ix_escalated_request_told_staff_at"), "escalated_request", ["told_staff_at"])

    op.create_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_event_org_id_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("number", name=op.f("uq_event_number")),
    )
    op.create_index(op.f("ix_event_org_id_number"), "event", ["org_id", "number"])
    unnumbered = sa.text("number is null")
    op.create_index("ix_event_unpublished", "event", ["id"], sqlite_where=unnumbered, postgresql_where=unnumbered)

    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.Column("dedupe", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_job_org_id_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_job_dedupe")),
    )
    waits = sa.text("set_aside_at is null")
    op.create_index("ix_job_waiting", "job", ["queue", "due_at"], sqlite_where=waits, postgresql_where=waits)

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
    op.create_index(op.f("ix_join_request_user_id"), "join_request", ["user_id"])
    op.create_index(
        "uq_join_request_open",
        "join_request",
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
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("progress", sa.String(), nullable=True),
        sa.Column("passed_on_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_at", sa.DateTime(timezone=True), nullable=True),
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
    op.create_index(op.f("ix_lead_org_id_site"), "lead", ["org_id", "site"])
    op.create_index(op.f("ix_lead_org_id_submitted_at_id"), "lead", ["org_id", "submitted_at", "id"])
    op.create_index(
        "ix_lead_live",
        "lead",
        ["org_id", "submitted_at", "id"],
        sqlite_where=sa.text("ended_at is null"),
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index(
        "ix_lead_ended",
        "lead",
        ["org_id", "submitted_at", "id"],
        sqlite_where=sa.text("ended_at is not null"),
        postgresql_where=sa.text("ended_at is not null"),
    )
    op.create_index(
        "uq_lead_live",
        "lead",
        ["org_id", "site"],
        unique=True,
        sqlite_where=sa.text("ended_at is null"),
        postgresql_where=sa.text("ended_at is null"),
    )

    op.create_table(
        "ledger_month",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("managed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_ledger_month_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_ledger_month")),
        sa.UniqueConstraint("org_id", "month", "kind", name=op.f("uq_ledger_month_org_id_month_kind")),
    )
    op.create_index(op.f("ix_ledger_month_org_id_month_first_seq"), "ledger_month", ["org_id", "month", "first_seq"])

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
    op.create_table(
        "membership",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("provenance", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=True),
        sa.Column("admitted_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role in ('owner', 'admin', 'member')", name=op.f("ck_membership_role")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_membership_org_id_organization")),
        sa.ForeignKeyConstraint(["user_id"], ["portal_user.id"], name=op.f("fk_membership_user_id_portal_user")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_membership")),
        sa.UniqueConstraint("org_id", "user_id", name=op.f("uq_membership_org_id_user_id")),
    )
    op.create_index(op.f("ix_membership_user_id"), "membership", ["user_id"])

    op.create_table(
        "org_event",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("fields", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_org_event_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_org_event")),
    )
    op.create_index(op.f("ix_org_event_org_id_kind_at_id"), "org_event", ["org_id", "kind", "at", "id"])
    op.create_index(op.f("ix_org_event_org_id_subject_id_at_id"), "org_event", ["org_id", "subject_id", "at", "id"])
    op.create_index(
        "ix_org_event_told",
        "org_event",
        ["org_id", "at", "id"],
        sqlite_where=sa.text("kind is not null"),
        postgresql_where=sa.text("kind is not null"),
    )
    op.create_index(
        "ix_org_event_by_staff",
        "org_event",
        ["org_id", "at", "id"],
        sqlite_where=sa.text("actor_kind = 'staff'"),
        postgresql_where=sa.text("actor_kind = 'staff'"),
    )
    op.create_index(
        "ix_org_event_by_person",
        "org_event",
        ["org_id", "actor_id", "at", "id"],
        sqlite_where=sa.text("actor_id is not null"),
        postgresql_where=sa.text("actor_id is not null"),
    )
    op.create_index(
        "ix_org_event_reason",
        "org_event",
        ["org_id", "reason", "at", "id"],
        sqlite_where=sa.text("reason is not null"),
        postgresql_where=sa.text("reason is not null"),
    )

    op.create_table(
        "org_merger",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["into_id"], ["organization.id"], name=op.f("fk_org_merger_into_id_organization")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_org_merger_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", name=op.f("pk_org_merger")),
    )
    op.create_index(op.f("ix_org_merger_into_id"), "org_merger", ["into_id"])

    op.create_table(
        "org_pause",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_org_pause_org_id_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_org_pause")),
    )
    op.create_index(op.f("ix_org_pause_org_id"), "org_pause", ["org_id"])
    op.create_index(
        "uq_org_pause_open",
        "org_pause",
        ["org_id"],
        unique=True,
        sqlite_where=sa.text("until is null"),
        postgresql_where=sa.text("until is null"),
    )

    op.create_table(
        "org_totals",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("managed", sa.Integer(), nullable=False),
        sa.Column("declined", sa.Integer(), nullable=False),
        sa.Column("leads", sa.Integer(), nullable=False),
        sa.Column("live_leads", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("month", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_org_totals_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_org_totals")),
    )
    op.create_table(
        "outbox_mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("to_address", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=False),
        sa.Column("dedupe", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('queued', 'sent', 'failed')", name=op.f("ck_outbox_mail_state")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_outbox_mail_org_id_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mail")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_outbox_mail_dedupe")),
    )
    op.create_table(
        "mail_refusal",
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("email_key", name=op.f("pk_mail_refusal")),
    )
    op.create_index(op.f("ix_outbox_mail_about_id"), "outbox_mail", ["about_id"])
    op.create_index(op.f("ix_outbox_mail_state_id"), "outbox_mail", ["state", "id"])

    op.create_table(
        "own_name",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('website', 'domain')", name=op.f("ck_own_name_kind")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_own_name_org_id_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_name")),
    )
    op.create_index(op.f("ix_own_name_name"), "own_name", ["name"])
    op.create_index(op.f("ix_own_name_org_id"), "own_name", ["org_id"])
    op.create_index(
        "uq_own_name_open",
        "own_name",
        ["org_id", "kind", "name"],
        unique=True,
        sqlite_where=sa.text("until is null"),
        postgresql_where=sa.text("until is null"),
    )

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
        sa.CheckConstraint(
            "outcome in ('granted', 'objected', 'refused', 'withdrawn')", name=op.f("ck_owner_recovery_outcome")
        ),
        sa.CheckConstraint(
            "(outcome is null) = (decided_at is null)", name=op.f("ck_owner_recovery_outcome_when_decided")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_owner_recovery_org_id_organization")),
        sa.ForeignKeyConstraint(["user_id"], ["portal_user.id"], name=op.f("fk_owner_recovery_user_id_portal_user")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_owner_recovery")),
    )
    op.create_index(
        "uq_owner_recovery_open",
        "owner_recovery",
        ["org_id", "user_id"],
        unique=True,
        sqlite_where=sa.text("decided_at is null"),
        postgresql_where=sa.text("decided_at is null"),
    )

    op.create_table(
        "password_reset",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("link_fingerprint", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["portal_user.id"], name=op.f("fk_password_reset_user_id_portal_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_reset")),
        sa.UniqueConstraint("link_fingerprint", name=op.f("uq_password_reset_link_fingerprint")),
    )
    op.create_index(op.f("ix_password_reset_user_id"), "password_reset", ["user_id"])

    op.create_table(
        "referral_code",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_referral_code_org_id_organization")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_referral_code")),
    )
    op.create_index(op.f("ix_referral_code_org_id"), "referral_code", ["org_id"])

    rules = op.create_table(
        "rule_set",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("window_days", sa.Integer(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("hold_hours", sa.Integer(), nullable=False),
        sa.Column("visit_months", sa.Integer(), nullable=False),
        sa.Column("rule_order", sa.String(), nullable=False),
        sa.Column("click", sa.String(), nullable=False),
        sa.Column("dispute_days", sa.Integer(), nullable=True),
        sa.Column("trial_days", sa.Integer(), nullable=True),
        sa.Column("return_months", sa.Integer(), nullable=True),
        sa.Column("comeback_days", sa.Integer(), nullable=True),
        sa.Column("lead_limit", sa.Integer(), nullable=True),
        sa.Column("lead_cooldown_days", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("click in ('last', 'first')", name=op.f("ck_rule_set_click")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_rule_set_reason_given")),
        sa.CheckConstraint("rule_order in ('lead-first', 'link-first')", name=op.f("ck_rule_set_rule_order")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_rule_set_version")),
        sa.ForeignKeyConstraint(["decided_by"], ["portal_user.id"], name=op.f("fk_rule_set_decided_by_portal_user")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rule_set")),
    )
    op.create_table(
        "site_hold",
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("registered_for", sa.Uuid(), nullable=True),
        sa.Column("warned_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passed_on", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.CheckConstraint("(held_from is null) = (held_until is null)", name=op.f("ck_site_hold_held_from_until")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_site_hold_org_id_organization")),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_site_hold")),
        sa.UniqueConstraint("number", name=op.f("uq_site_hold_number")),
    )
    op.create_index(op.f("ix_site_hold_held_until"), "site_hold", ["held_until"])
    op.create_index(op.f("ix_site_hold_site_number"), "site_hold", ["site", "number"])
    op.create_index(
        "uq_site_hold_holder",
        "site_hold",
        ["site"],
        unique=True,
        sqlite_where=sa.text("ended_at is null and held_from is not null"),
        postgresql_where=sa.text("ended_at is null and held_from is not null"),
    )
    op.create_index(
        "uq_site_hold_live",
        "site_hold",
        ["site", "org_id"],
        unique=True,
        sqlite_where=sa.text("ended_at is null"),
        postgresql_where=sa.text("ended_at is null"),
    )

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
        sa.ForeignKeyConstraint(
            ["decided_by"], ["portal_user.id"], name=op.f("fk_staff_decision_decided_by_portal_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_decision")),
    )
    op.create_index(op.f("ix_staff_decision_at_id"), "staff_decision", ["at", "id"])
    op.create_index(op.f("ix_staff_decision_subject_id"), "staff_decision", ["subject_id"])

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
    op.create_index(op.f("ix_staff_reading_ended_at_until"), "staff_reading", ["ended_at", "until"])
    op.create_index(op.f("ix_staff_reading_user_id_org_id"), "staff_reading", ["user_id", "org_id"])

    op.create_table(
        "statement",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_statement_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "month", name=op.f("pk_statement")),
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
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"])

    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("types", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("secret_number", sa.Integer(), nullable=False),
        sa.Column("previous_secret", sa.String(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rests_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("off_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(off_at is null) = (off_reason is null)", name=op.f("ck_webhook_endpoint_off_for_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["portal_user.id"], name=op.f("fk_webhook_endpoint_created_by_portal_user")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_webhook_endpoint_org_id_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
    )
    op.create_index(op.f("ix_webhook_endpoint_org_id"), "webhook_endpoint", ["org_id"])

    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.CheckConstraint("state in ('queued', 'delivered', 'failed')", name=op.f("ck_webhook_delivery_state")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoint.id"], name=op.f("fk_webhook_delivery_endpoint_id_webhook_endpoint")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_webhook_delivery_event_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
    )
    op.create_index(op.f("ix_webhook_delivery_endpoint_id_id"), "webhook_delivery", ["endpoint_id", "id"])
    queued = sa.text("state = 'queued'")
    op.create_index(
        "ix_webhook_delivery_queued",
        "webhook_delivery",
        ["endpoint_id", "due_at"],
        sqlite_where=queued,
        postgresql_where=queued,
    )
    op.create_index(
        "uq_webhook_delivery_queued",
        "webhook_delivery",
        ["endpoint_id", "event_id"],
        unique=True,
        sqlite_where=queued,
        postgresql_where=queued,
    )

    op.create_table(
        "client",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_account_id", sa.Uuid(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_day", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("active_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("comeback_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("managed", sa.String(), nullable=True),
        sa.Column("managed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("managed_reason", sa.String(), nullable=True),
        sa.Column("review_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hand_over_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("trace", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.CheckConstraint(
            "(basis is null) = (state in ('declined', 'none'))", name=op.f("ck_client_basis_when_credited")
        ),
        sa.CheckConstraint("(end_reason is null) = (ended_at is null)", name=op.f("ck_client_reason_when_ended")),
        sa.CheckConstraint("(state = 'ended') = (ended_at is not null)", name=op.f("ck_client_ended_when")),
        sa.CheckConstraint("basis in ('lead', 'behalf', 'link', 'ruling')", name=op.f("ck_client_basis")),
        sa.CheckConstraint("managed in ('pending', 'active', 'ended')", name=op.f("ck_client_managed")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_client_reason_given")),
        sa.CheckConstraint("state in ('pending', 'active', 'ended', 'declined', 'none')", name=op.f("ck_client_state")),
        sa.CheckConstraint("(managed is null) = (managed_at is null)", name=op.f("ck_client_managed_at")),
        sa.CheckConstraint("(managed is null) = (managed_reason is null)", name=op.f("ck_client_managed_reason")),
        sa.ForeignKeyConstraint(
            ["client_account_id"], ["client_account.id"], name=op.f("fk_client_client_account_id_client_account")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_client_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_client")),
        sa.UniqueConstraint("org_id", "client_account_id", name=op.f("uq_client_org_id_client_account_id")),
    )
    op.create_index(op.f("ix_client_org_id_lead_id"), "client", ["org_id", "lead_id"])
    op.create_index(op.f("ix_client_org_id_state_active_from"), "client", ["org_id", "state", "active_from"])
    op.create_index(op.f("ix_client_org_id_signed_up_at_id"), "client", ["org_id", "signed_up_at", "id"])
    op.create_index(op.f("ix_client_org_id_site"), "client", ["org_id", "site"])
    op.create_index(op.f("ix_client_org_id_state_signed_up_at_id"), "client", ["org_id", "state", "signed_up_at", "id"])
    op.create_index(
        "ix_client_managed",
        "client",
        ["org_id", "signed_up_at", "id"],
        sqlite_where=sa.text("managed is not null"),
        postgresql_where=sa.text("managed is not null"),
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
    op.create_index(op.f("ix_client_site_site_since"), "client_site", ["site", "since"])

    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
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
        sa.UniqueConstraint("number", name=op.f("uq_decision_number")),
    )
    op.create_index(op.f("ix_decision_client_account_id"), "decision", ["client_account_id"])

    op.create_table(
        "dispute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "lapsed_at is null or (lapsed_at = ends_at and lapsed_at = closed_at)",
            name=op.f("ck_dispute_lapsed_when_due"),
        ),
        sa.CheckConstraint("kind in ('conflict', 'suggestion', 'another-look')", name=op.f("ck_dispute_kind")),
        sa.ForeignKeyConstraint(
            ["client_account_id"], ["client_account.id"], name=op.f("fk_dispute_client_account_id_client_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
    )
    op.create_index(op.f("ix_dispute_client_account_id"), "dispute", ["client_account_id"])
    op.create_index(op.f("ix_dispute_closed_at_answer_by"), "dispute", ["closed_at", "answer_by"])
    op.create_index(
        "uq_dispute_open",
        "dispute",
        ["client_account_id"],
        unique=True,
        sqlite_where=sa.text("closed_at is null"),
        postgresql_where=sa.text("closed_at is null"),
    )

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
    op.create_index(op.f("ix_managed_ask_org_id"), "managed_ask", ["org_id"])
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
    op.create_index(op.f("ix_managed_seat_org_id"), "managed_seat", ["org_id"])

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
    op.create_index(
        "uq_referral_link_primary",
        "referral_link",
        ["org_id"],
        unique=True,
        sqlite_where=sa.text("is_primary = 1"),
        postgresql_where=sa.text("is_primary"),
    )

    op.create_table(
        "staff_reading_page",
        sa.Column("reading_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reading_id"], ["staff_reading.id"], name=op.f("fk_staff_reading_page_reading_id_staff_reading")
        ),
        sa.PrimaryKeyConstraint("reading_id", "endpoint", name=op.f("pk_staff_reading_page")),
    )
    op.create_table(
        "network_key",
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_network_key")),
    )

    op.create_table(
        "visit",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("token_fingerprint", sa.LargeBinary(16), nullable=False),
        sa.Column("browser_fingerprint", sa.LargeBinary(16), nullable=False),
        sa.Column("referrer_host", sa.String(), nullable=True),
        sa.Column("names_source", sa.Boolean(), nullable=False),
        sa.Column("fetch_destination", sa.String(), nullable=True),
        sa.Column("network", sa.LargeBinary(16), nullable=True),
        sa.ForeignKeyConstraint(["code"], ["referral_code.code"], name=op.f("fk_visit_code_referral_code")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_visit_org_id_organization")),
        sa.PrimaryKeyConstraint("number", "opened_at", name=op.f("pk_visit")),
        postgresql_partition_by="range (opened_at)",
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_visit_browser_fingerprint_opened_at"), "visit", ["browser_fingerprint", "opened_at"])
    op.create_index(op.f("ix_visit_org_id_opened_at"), "visit", ["org_id", "opened_at"])
    op.create_index(op.f("ix_visit_token_fingerprint"), "visit", ["token_fingerprint"])
    if op.get_bind().dialect.name == "postgresql":
        # The worker makes the months. What fits into none, since it is not at work or a clock is wrong, goes here.
        op.execute("CREATE TABLE visit_default PARTITION OF visit DEFAULT")

    op.create_table(
        "visit_day",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_visit_day_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "day", name=op.f("pk_visit_day")),
        sqlite_with_rowid=False,
    )

    op.create_table(
        "sign_up_origin",
        sa.Column("client_account_id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("network", sa.LargeBinary(16), nullable=True),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_account_id"],
            ["client_account.id"],
            name=op.f("fk_sign_up_origin_client_account_id_client_account"),
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_sign_up_origin_org_id_organization")),
        sa.PrimaryKeyConstraint("client_account_id", name=op.f("pk_sign_up_origin")),
    )
    op.create_index(op.f("ix_sign_up_origin_network"), "sign_up_origin", ["network"])
    op.create_index(op.f("ix_sign_up_origin_org_id_seconds"), "sign_up_origin", ["org_id", "seconds"])
    op.create_index(op.f("ix_sign_up_origin_signed_up_at"), "sign_up_origin", ["signed_up_at"])

    op.create_table(
        "provisional_sign_up",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("is_without", sa.Boolean(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("owner_name", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_key", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("browser_fingerprint", sa.String(), nullable=False),
        sa.Column("code_fingerprint", sa.String(), nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("visits", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("beside", sa.BigInteger(), nullable=True),
        sa.Column("network", sa.LargeBinary(16), nullable=True),
        sa.Column("partner_browsers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(account_id is null) = (end_reason is null or end_reason in ('refused', 'lapsed'))",
            name=op.f("ck_provisional_sign_up_account"),
        ),
        sa.CheckConstraint(
            "(end_reason is null) = (ended_at is null)", name=op.f("ck_provisional_sign_up_reason_when_ended")
        ),
        sa.CheckConstraint(
            "end_reason in ('confirmed', 'named', 'refused', 'lapsed')", name=op.f("ck_provisional_sign_up_end_reason")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["client_account.id"], name=op.f("fk_provisional_sign_up_account_id_client_account")
        ),
        sa.ForeignKeyConstraint(
            ["code"], ["referral_code.code"], name=op.f("fk_provisional_sign_up_code_referral_code")
        ),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organization.id"], name=op.f("fk_provisional_sign_up_org_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provisional_sign_up")),
        sa.UniqueConstraint("external_id", name=op.f("uq_provisional_sign_up_external_id")),
    )
    op.create_index(op.f("ix_provisional_sign_up_browser_fingerprint"), "provisional_sign_up", ["browser_fingerprint"])
    op.create_index(op.f("ix_provisional_sign_up_email_key_ended_at"), "provisional_sign_up", ["email_key", "ended_at"])
    op.create_index(op.f("ix_provisional_sign_up_site"), "provisional_sign_up", ["site"])
    op.create_index(
        "ix_provisional_sign_up_waiting",
        "provisional_sign_up",
        ["org_id", "asked_at"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
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
    op.create_index(op.f("ix_dispute_side_org_id_client_id"), "dispute_side", ["org_id", "client_id"])

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
        sa.Column("taken_over_by", sa.Uuid(), nullable=True),
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
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
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
        sa.Column("taken_over_by", sa.Uuid(), nullable=True),
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
    op.create_index(op.f("ix_managed_claim_org_id_client_id"), "managed_claim", ["org_id", "client_id"])
    op.create_index(
        "uq_managed_claim_live",
        "managed_claim",
        ["org_id", "client_account_id"],
        unique=True,
        sqlite_where=sa.text("ended_at is null"),
        postgresql_where=sa.text("ended_at is null"),
    )

    op.create_table(
        "late_claim",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("claimed_by", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("site", sa.String(), nullable=True),
        sa.Column("date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(code is null) = (answered_at is null)", name=op.f("ck_late_claim_code_when_answered")),
        sa.ForeignKeyConstraint(["claimed_by"], ["portal_user.id"], name=op.f("fk_late_claim_claimed_by_portal_user")),
        sa.ForeignKeyConstraint(
            ["org_id", "client_id"], ["client.org_id", "client.id"], name=op.f("fk_late_claim_org_id_client_id_client")
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_late_claim_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_late_claim")),
    )
    op.create_index(op.f("ix_late_claim_org_id_taken_at"), "late_claim", ["org_id", "taken_at"])

    op.create_table(
        "ruling",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
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
        sa.UniqueConstraint("number", name=op.f("uq_ruling_number")),
    )
    op.create_index(op.f("ix_ruling_client_account_id"), "ruling", ["client_account_id"])

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
    op.create_index(op.f("ix_source_credit_org_id"), "source_credit", ["org_id"])
    op.create_index(op.f("ix_source_credit_state_hold_until"), "source_credit", ["state", "hold_until"])

    op.create_table(
        "credit_entry",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("client_account_id", sa.Uuid(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("salt", sa.String(), nullable=True),
        sa.Column("texts", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("managed", sa.Integer(), nullable=False),
        sa.Column("pending_after", sa.Integer(), nullable=False),
        sa.Column("active_after", sa.Integer(), nullable=False),
        sa.Column("managed_after", sa.Integer(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reverses", sa.Integer(), nullable=True),
        sa.Column("ruling_id", sa.Uuid(), nullable=True),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_account_id"], ["client_account.id"], name=op.f("fk_credit_entry_client_account_id_client_account")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "client_id"],
            ["client.org_id", "client.id"],
            name=op.f("fk_credit_entry_org_id_client_id_client"),
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_credit_entry_org_id_organization")),
        sa.ForeignKeyConstraint(["ruling_id"], ["ruling.id"], name=op.f("fk_credit_entry_ruling_id_ruling")),
        sa.PrimaryKeyConstraint("org_id", "id", name=op.f("pk_credit_entry")),
        sa.UniqueConstraint("org_id", "seq", name=op.f("uq_credit_entry_org_id_seq")),
    )
    op.create_index(op.f("ix_credit_entry_org_id_at"), "credit_entry", ["org_id", "at"])
    op.create_index(op.f("ix_credit_entry_org_id_client_id"), "credit_entry", ["org_id", "client_id"])
    _create_seals()

    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("beginning", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("scope in ('read', 'write')", name=op.f("ck_api_token_scope")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_api_token_named")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_api_token_org_id_organization")),
        sa.ForeignKeyConstraint(["created_by"], ["portal_user.id"], name=op.f("fk_api_token_created_by_portal_user")),
        sa.ForeignKeyConstraint(["replaced_by"], ["api_token.id"], name=op.f("fk_api_token_replaced_by_api_token")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_api_token_fingerprint")),
    )
    op.create_index(op.f("ix_api_token_org_id"), "api_token", ["org_id"])

    op.create_table(
        "api_answer",
        sa.Column("token_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["api_token.id"], name=op.f("fk_api_answer_token_id_api_token")),
        sa.PrimaryKeyConstraint("token_id", "key", name=op.f("pk_api_answer")),
    )
    op.create_index(op.f("ix_api_answer_at"), "api_answer", ["at"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    beginning = datetime(1970, 1, 1, tzinfo=None if is_sqlite else UTC)  # no sign-up is from before
    op.bulk_insert(rules, [FIRST_RULES | {"valid_from": beginning}])
    _seal_first_rules()


def _create_seals() -> None:
    """The digests of what partners read, the segments that chain them, and what was erased or pruned."""
    op.create_table(
        "seal",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.String(), nullable=True),
        sa.Column("texts", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("segment", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "kind", "row_id", "version", name=op.f("pk_seal")),
    )
    op.create_index(op.f("ix_seal_segment"), "seal", ["segment"])

    op.create_table(
        "seal_segment",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seals", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seal_segment")),
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_erasure_reason_given")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_row_id"), "erasure", ["row_id"])

    op.create_table(
        "pruning",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("segment", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_pruning_reason_given")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pruning")),
    )


def _seal_first_rules() -> None:
    """As the portal seals every later version (partner_access/seals/digests.py): a digest of its canonical JSON."""
    says = {name: value for name, value in FIRST_RULES.items() if value is not None}
    says |= {"": "rule_set", "#": 1, "order": says.pop("rule_order"), "valid_from": "1970-01-01T00:00:00+00:00"}
    digest = sha256(json.dumps(says, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    ids = [sa.column(name, sa.Uuid()) for name in ("org_id", "row_id")]
    seal = sa.table("seal", *ids, *map(sa.column, ("kind", "version", "digest")))
    row = {"org_id": uuid.UUID(int=0), "kind": "rule_set", "row_id": uuid.UUID(int=1), "version": 1, "digest": digest}
    op.bulk_insert(seal, [row])


def drop() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SEQUENCE row_number")
