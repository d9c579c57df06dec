"""more of agencies' posts: sources, schedules, urgency, revisions

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-25
"""

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEW_CHECKS = {
    "ends_after_it_starts": "ends_at IS NULL OR ends_at > starts_at",
    "only_updates_fade": "fades_at IS NULL OR kind = 'update'",
    "scheduled_for_a_time": "(state = 'scheduled') <= (due_at IS NOT NULL)",
    "only_updates_are_urgent": "urgency IS NULL OR kind = 'update'",
    "urgent_in_all_ways": "(urgency IS NULL) = (category IS NULL) AND (urgency IS NULL) = (severity IS NULL)"
    " AND (urgency IS NULL) = (certainty IS NULL)",
    "a_whole_point": "(lat IS NULL) = (lon IS NULL)",
}
STATES_BEFORE = "state IN ('visible', 'held', 'withdrawn')"
STATES = "state IN ('scheduled', 'visible', 'held', 'withdrawn')"


def time() -> portal.db.UTCDateTime:
    return portal.db.UTCDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "agency_post_revision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("editor_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=140), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=140), nullable=False),
        sa.Column("starts_at", time(), nullable=True),
        sa.Column("ends_at", time(), nullable=True),
        sa.Column("source", sa.String(length=140), nullable=False),
        sa.Column("fades_at", time(), nullable=True),
        sa.Column("replaced_at", time(), nullable=False),
        sa.ForeignKeyConstraint(["editor_id"], ["account.id"], name=op.f("fk_agency_post_revision_editor_id_account")),
        sa.ForeignKeyConstraint(
            ["post_id"], ["agency_post.id"], name=op.f("fk_agency_post_revision_post_id_agency_post")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_post_revision")),
    )
    op.create_index(op.f("ix_agency_post_revision_post_id"), "agency_post_revision", ["post_id"])
    with op.batch_alter_table("agency_post") as table:
        table.drop_constraint(op.f("ck_agency_post_state"), type_="check")
        table.create_check_constraint(op.f("ck_agency_post_state"), STATES)
        table.add_column(sa.Column("template", sa.String(length=24), server_default="", nullable=False))
        table.add_column(sa.Column("lat", sa.Double(), nullable=True))
        table.add_column(sa.Column("lon", sa.Double(), nullable=True))
        table.add_column(sa.Column("ends_at", time(), nullable=True))
        table.add_column(sa.Column("source", sa.String(length=140), server_default="", nullable=False))
        table.add_column(sa.Column("fades_at", time(), nullable=True))
        for name in ("category", "urgency", "severity", "certainty"):
            table.add_column(sa.Column(name, sa.String(length=12), nullable=True))
        table.add_column(sa.Column("due_at", time(), nullable=True))
        table.add_column(sa.Column("revision", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("edited_at", time(), nullable=True))
        for name, sql in NEW_CHECKS.items():
            table.create_check_constraint(op.f(f"ck_agency_post_{name}"), sql)
    op.create_index("ix_agency_post_due", "agency_post", ["due_at"], sqlite_where=sa.text("state = 'scheduled'"))


def downgrade() -> None:
    op.execute("DELETE FROM agency_post WHERE state = 'scheduled'")
    op.drop_index("ix_agency_post_due", "agency_post")
    with op.batch_alter_table("agency_post") as table:
        for name in NEW_CHECKS:
            table.drop_constraint(op.f(f"ck_agency_post_{name}"), type_="check")
        table.drop_constraint(op.f("ck_agency_post_state"), type_="check")
        table.create_check_constraint(op.f("ck_agency_post_state"), STATES_BEFORE)
        for name in ("edited_at", "revision", "due_at", "certainty", "severity", "urgency", "category", "fades_at"):
            table.drop_column(name)
        for name in ("source", "ends_at", "lon", "lat", "template"):
            table.drop_column(name)
    op.drop_index(op.f("ix_agency_post_revision_post_id"), "agency_post_revision")
    op.drop_table("agency_post_revision")
