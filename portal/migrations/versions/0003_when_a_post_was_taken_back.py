"""when an agency took back what was public

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-25
"""

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("agency_post") as table:
        table.add_column(sa.Column("withdrawn_at", portal.db.UTCDateTime(timezone=True), nullable=True))
    # Since the first town the ledger says when; a post with a number in the feed was public.
    op.execute(
        "UPDATE agency_post SET withdrawn_at = (SELECT max(at) FROM ledger WHERE kind = 'agency-post.withdrawn'"
        " AND subject_id = agency_post.id) WHERE state = 'withdrawn' AND published_seq IS NOT NULL"
    )


def downgrade() -> None:
    with op.batch_alter_table("agency_post") as table:
        table.drop_column("withdrawn_at")
