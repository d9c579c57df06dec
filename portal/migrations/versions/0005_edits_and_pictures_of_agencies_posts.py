"""edits and pictures of agencies' posts, which moderators decide about

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-25
"""

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SUBJECTS_BEFORE = "subject IN ('post', 'comment', 'agency_post', 'person')"
SUBJECTS = "subject IN ('post', 'comment', 'agency_post', 'agency_edit', 'picture', 'person')"
CURRENT = "state = 'visible' AND in_feed = 1"


def time() -> portal.db.UTCDateTime:
    return portal.db.UTCDateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("agency_post") as table:
        table.add_column(sa.Column("in_feed", sa.Boolean(), server_default="1", nullable=False))
        table.add_column(sa.Column("stopped", sa.String(length=16), nullable=True))
        table.add_column(sa.Column("pictures", sa.JSON(), server_default="[]", nullable=False))
        table.create_check_constraint(
            op.f("ck_agency_post_stopped"), "stopped IS NULL OR stopped IN ('author-left', 'agency-closed')"
        )
    for name, columns in (
        ("ix_agency_post_current", ["published_seq"]),
        ("ix_agency_post_current_agency", ["agency_id", "published_seq"]),
    ):
        op.create_index(name, "agency_post", columns, sqlite_where=sa.text(CURRENT), postgresql_where=sa.text(CURRENT))
    op.create_table(
        "agency_post_edit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("editor_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=140), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=140), nullable=False),
        sa.Column("starts_at", time(), nullable=True),
        sa.Column("ends_at", time(), nullable=True),
        sa.Column("source", sa.String(length=140), nullable=False),
        sa.Column("fades_at", time(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("written_at", time(), nullable=False),
        sa.CheckConstraint(
            "state IN ('held', 'taken-over', 'refused', 'withdrawn')", name=op.f("ck_agency_post_edit_state")
        ),
        sa.ForeignKeyConstraint(["editor_id"], ["account.id"], name=op.f("fk_agency_post_edit_editor_id_account")),
        sa.ForeignKeyConstraint(["post_id"], ["agency_post.id"], name=op.f("fk_agency_post_edit_post_id_agency_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_post_edit")),
    )
    op.create_index(op.f("ix_agency_post_edit_post_id"), "agency_post_edit", ["post_id"])
    op.create_index(
        "uq_agency_post_edit_held", "agency_post_edit", ["post_id"], unique=True, sqlite_where=sa.text("state = 'held'")
    )
    op.create_table(
        "agency_picture",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("alt", sa.String(length=500), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=True),
        sa.Column("original", sa.String(length=200), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("problem", sa.String(length=20), nullable=True),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("added_at", time(), nullable=False),
        sa.Column("decided_at", time(), nullable=True),
        sa.Column("removed_at", time(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", time(), nullable=False),
        sa.CheckConstraint("decision IN ('waiting', 'approved', 'refused')", name=op.f("ck_agency_picture_decision")),
        sa.ForeignKeyConstraint(["author_id"], ["account.id"], name=op.f("fk_agency_picture_author_id_account")),
        sa.ForeignKeyConstraint(["post_id"], ["agency_post.id"], name=op.f("fk_agency_picture_post_id_agency_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_picture")),
        sa.UniqueConstraint("source", name=op.f("uq_agency_picture_source")),
    )
    op.create_index(op.f("ix_agency_picture_post_id"), "agency_picture", ["post_id"])
    op.create_index(op.f("ix_agency_picture_lease_until"), "agency_picture", ["lease_until"])
    op.create_index(
        "ix_agency_picture_waiting", "agency_picture", ["added_at"], sqlite_where=sa.text("decision = 'waiting'")
    )
    with op.batch_alter_table("moderation_case") as table:
        table.drop_constraint(op.f("ck_moderation_case_subject"), type_="check")
        table.create_check_constraint(op.f("ck_moderation_case_subject"), SUBJECTS)


def downgrade() -> None:
    op.execute("DELETE FROM moderation_case WHERE subject IN ('agency_edit', 'picture')")
    with op.batch_alter_table("moderation_case") as table:
        table.drop_constraint(op.f("ck_moderation_case_subject"), type_="check")
        table.create_check_constraint(op.f("ck_moderation_case_subject"), SUBJECTS_BEFORE)
    op.drop_table("agency_picture")
    op.drop_table("agency_post_edit")
    op.drop_index("ix_agency_post_current_agency", "agency_post")
    op.drop_index("ix_agency_post_current", "agency_post")
    with op.batch_alter_table("agency_post") as table:
        table.drop_constraint(op.f("ck_agency_post_stopped"), type_="check")
        for name in ("pictures", "stopped", "in_feed"):
            table.drop_column(name)
