"""A dispute that a partner raised is of the kind `another-look`; `dispute` is the word for all three kinds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _exchange("dispute", "another-look")


def downgrade() -> None:
    _exchange("another-look", "dispute")


def _exchange(old: str, new: str) -> None:
    """The constraint is dropped before the rows change and made anew after it."""
    name = op.f("ck_dispute_kind")
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.drop_constraint(name, type_="check")
    dispute = sa.table("dispute", sa.column("kind"))
    op.execute(sa.update(dispute).where(dispute.c.kind == old).values(kind=new))
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.create_check_constraint(name, f"kind in ('conflict', 'suggestion', '{new}')")
