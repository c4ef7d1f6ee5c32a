"""The team: how a membership came to be."""

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


def downgrade() -> None:
    op.drop_column("membership", "admitted_by")
    op.drop_column("membership", "via")
