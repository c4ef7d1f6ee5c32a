"""Whole organizations: every pause, closing, and which became part of which."""

from __future__ import annotations

import sqlalchemy as sa
import uuid_utils.compat
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organization", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("site_hold", sa.Column("registered_for", sa.Uuid(), nullable=True))
    pauses = op.create_table(
        "org_pause",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_org_pause_org_id_organization")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_org_pause")),
    )
    op.create_index(op.f("ix_org_pause_org_id"), "org_pause", ["org_id"], unique=False)
    lasting = sa.text("until is null")
    op.create_index("uq_org_pause_open", "org_pause", ["org_id"], unique=True, sqlite_where=lasting,
                    postgresql_where=lasting)  # fmt: skip
    op.create_table(
        "org_merger",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["into_id"], ["organization.id"], name=op.f("fk_org_merger_into_id_organization")),
        sa.ForeignKeyConstraint(["org_id"], ["organization.id"], name=op.f("fk_org_merger_org_id_organization")),
        sa.PrimaryKeyConstraint("org_id", name=op.f("pk_org_merger")),
    )
    op.create_index(op.f("ix_org_merger_into_id"), "org_merger", ["into_id"], unique=False)
    _keep_present_pauses(pauses)


def downgrade() -> None:
    op.drop_table("org_merger")
    op.drop_table("org_pause")
    for table, name in (("site_hold", "registered_for"), ("organization", "closed_at")):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")


def _keep_present_pauses(pauses: sa.Table) -> None:
    """Whoever is paused now is so since then; earlier pauses were not kept."""
    orgs = sa.table("organization", sa.column("id", sa.Uuid()),
                    sa.column("suspended_at", sa.DateTime(timezone=True)))  # fmt: skip
    paused = sa.select(orgs.c.id, orgs.c.suspended_at).where(orgs.c.suspended_at.is_not(None))
    for org_id, since in op.get_bind().execute(paused).all():
        op.get_bind().execute(pauses.insert().values(id=uuid_utils.compat.uuid7(), org_id=org_id, since=since))
