"""Domains: an organization's claims, what becomes of a domain proved by DNS, and disputes about one."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
import uuid_utils.compat
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TENANTS = ("domain_claim",)
BOUND = "nullif(current_setting('app.org_id', true), '')::uuid"


def upgrade() -> None:
    for name in ("check_at", "missed_since", "lapsed_at"):
        op.add_column("domain", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_domain_check_at"), "domain", ["check_at"], unique=False)
    claims = op.create_table(
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
        sa.CheckConstraint("(outcome is null) = (decided_at is null)",
                           name=op.f("ck_domain_dispute_outcome_when_decided")),
        sa.CheckConstraint("outcome in ('holder', 'rival', 'withdrawn')", name=op.f("ck_domain_dispute_outcome")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_domain_dispute_org_id_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_dispute")),
    )  # fmt: skip
    op.create_index(op.f("ix_domain_dispute_org_id"), "domain_dispute", ["org_id"], unique=False)
    undecided = sa.text("decided_at is null")
    op.create_index("uq_domain_dispute_open", "domain_dispute", ["domain", "org_id"], unique=True,
                    sqlite_where=undecided, postgresql_where=undecided)  # fmt: skip
    _claim_what_is_proved(claims)
    if op.get_bind().dialect.name != "sqlite":
        for table in TENANTS:
            for statement in _row_level_security(table):
                op.execute(statement)


def downgrade() -> None:
    op.drop_table("domain_dispute")
    op.drop_table("domain_claim")
    op.drop_index(op.f("ix_domain_check_at"), table_name="domain")
    for name in ("check_at", "missed_since", "lapsed_at"):
        op.execute(f"ALTER TABLE domain DROP COLUMN {name}")


def _claim_what_is_proved(claims: sa.Table) -> None:
    """Every domain that an organization has already is one that it claims, so that it can be proved by DNS too."""
    domains = sa.table("domain", sa.column("name", sa.String()), sa.column("org_id", sa.Uuid()))
    for name, org_id in op.get_bind().execute(sa.select(domains.c.name, domains.c.org_id)).all():
        op.get_bind().execute(
            claims.insert().values(
                org_id=org_id, id=uuid_utils.compat.uuid7(), name=name, token=secrets.token_urlsafe(32),
                created_at=datetime.now(UTC),
            )
        )  # fmt: skip


def _row_level_security(table: str) -> list[str]:
    own = f"org_id = {BOUND}"
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY org_scope ON {table} USING ({own}) WITH CHECK ({own})",
    ]
