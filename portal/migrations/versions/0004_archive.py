"""the archive of closed requests

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-25
"""

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archive_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("town", sa.JSON(), nullable=False),
        sa.Column("eras", sa.JSON(), nullable=False),
        sa.Column("imported_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_import")),
        sa.UniqueConstraint("sha256", name=op.f("uq_archive_import_sha256")),
    )
    op.create_table(
        "archive_agency",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("contact_name", sa.String(length=120), nullable=False),
        sa.Column("contact_title", sa.String(length=80), nullable=False),
        sa.Column("contact_email", sa.String(length=320), nullable=True),
        sa.Column("contact_phone", sa.String(length=40), nullable=True),
        sa.CheckConstraint("kind IN ('police', 'fire', 'government')", name=op.f("ck_archive_agency_kind")),
        sa.CheckConstraint("trim(contact_name) <> ''", name=op.f("ck_archive_agency_contact_name_said")),
        sa.CheckConstraint("trim(contact_title) <> ''", name=op.f("ck_archive_agency_contact_title_said")),
        sa.CheckConstraint("trim(name) <> ''", name=op.f("ck_archive_agency_name_said")),
        sa.CheckConstraint("trim(slug) <> ''", name=op.f("ck_archive_agency_slug_said")),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["archive_import.id"],
            name=op.f("fk_archive_agency_import_id_archive_import"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_agency")),
    )
    with op.batch_alter_table("archive_agency", schema=None) as batch_op:
        batch_op.create_index("uq_archive_agency_slug", ["import_id", "slug"], unique=True)
    op.create_table(
        "archived_request",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("era", sa.String(length=6), nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("incident_type", sa.String(length=80), nullable=False),
        sa.Column("contact_name", sa.String(length=120), nullable=False),
        sa.Column("contact_title", sa.String(length=80), nullable=False),
        sa.Column("contact_email", sa.String(length=320), nullable=True),
        sa.Column("contact_phone", sa.String(length=40), nullable=True),
        sa.Column("utc_offset_minutes", sa.Integer(), nullable=False),
        sa.Column("posted_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("window_from", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("window_until", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("area", sa.JSON(), nullable=False),
        sa.Column("square_miles", sa.Double(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("replies", sa.Integer(), nullable=False),
        sa.Column("last_reply_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.CheckConstraint("closed_on BETWEEN posted_on AND '2024-02-29'", name=op.f("ck_archived_request_closed")),
        sa.CheckConstraint("closed_on IS date(closed_on, '+0 days')", name=op.f("ck_archived_request_closed_on_a_day")),
        sa.CheckConstraint("era = 'public'", name=op.f("ck_archived_request_era")),
        sa.CheckConstraint(
            "json_valid(area) AND json_extract(area, '$.type') IS 'Polygon'",
            name=op.f("ck_archived_request_area_is_a_polygon"),
        ),
        sa.CheckConstraint(
            "last_reply_at IS NULL OR date(last_reply_at, utc_offset_minutes || ' minutes') <= closed_on",
            name=op.f("ck_archived_request_closed_after_replies"),
        ),
        sa.CheckConstraint(
            "last_reply_at IS NULL OR last_reply_at IS datetime(last_reply_at, '+0 days') || '.000000'",
            name=op.f("ck_archived_request_last_reply_at_is_a_time"),
        ),
        sa.CheckConstraint(
            "posted_at IS datetime(posted_at, '+0 days') || '.000000'",
            name=op.f("ck_archived_request_posted_at_is_a_time"),
        ),
        sa.CheckConstraint(
            "posted_on BETWEEN '2021-06-07' AND '2024-01-31'", name=op.f("ck_archived_request_posted_in_its_era")
        ),
        sa.CheckConstraint(
            "posted_on IS date(posted_at, utc_offset_minutes || ' minutes')",
            name=op.f("ck_archived_request_posted_on_its_day"),
        ),
        sa.CheckConstraint("trim(case_number) <> ''", name=op.f("ck_archived_request_case_number_said")),
        sa.CheckConstraint("trim(contact_name) <> ''", name=op.f("ck_archived_request_contact_name_said")),
        sa.CheckConstraint("trim(contact_title) <> ''", name=op.f("ck_archived_request_contact_title_said")),
        sa.CheckConstraint("trim(incident_type) <> ''", name=op.f("ck_archived_request_incident_type_said")),
        sa.CheckConstraint("trim(text) <> ''", name=op.f("ck_archived_request_text_said")),
        sa.CheckConstraint("typeof(replies) = 'integer' AND replies >= 0", name=op.f("ck_archived_request_replies")),
        sa.CheckConstraint(
            "typeof(utc_offset_minutes) = 'integer' AND utc_offset_minutes BETWEEN -720 AND 840",
            name=op.f("ck_archived_request_utc_offset"),
        ),
        sa.CheckConstraint(
            "window_from IS datetime(window_from, '+0 days') || '.000000'",
            name=op.f("ck_archived_request_window_from_is_a_time"),
        ),
        sa.CheckConstraint(
            "window_until IS datetime(window_until, '+0 days') || '.000000'",
            name=op.f("ck_archived_request_window_until_is_a_time"),
        ),
        sa.CheckConstraint(
            "(replies = 0) = (last_reply_at IS NULL)", name=op.f("ck_archived_request_replies_have_a_last")
        ),
        sa.CheckConstraint(
            "contact_email IS NOT NULL OR contact_phone IS NOT NULL",
            name=op.f("ck_archived_request_contact_can_be_reached"),
        ),
        sa.CheckConstraint("id > 0", name=op.f("ck_archived_request_id_counts_up")),
        sa.CheckConstraint(
            "last_reply_at IS NULL OR last_reply_at > posted_at", name=op.f("ck_archived_request_replies_follow")
        ),
        sa.CheckConstraint(
            "round((julianday(window_until) - julianday(window_from)) * 86400) BETWEEN 900 AND 43200",
            name=op.f("ck_archived_request_window_length"),
        ),
        sa.CheckConstraint("square_miles BETWEEN 0.025 AND 0.5", name=op.f("ck_archived_request_area_size")),
        sa.CheckConstraint("window_until <= posted_at", name=op.f("ck_archived_request_window_was_over")),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["archive_agency.id"], name=op.f("fk_archived_request_agency_id_archive_agency")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["archive_import.id"],
            name=op.f("fk_archived_request_import_id_archive_import"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archived_request")),
        sa.UniqueConstraint("case_number", name=op.f("uq_archived_request_case_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("archived_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_archived_request_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_archived_request_import_id"), ["import_id"], unique=False)
        batch_op.create_index("ix_archived_request_posted", ["posted_at", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("archived_request", schema=None) as batch_op:
        batch_op.drop_index("ix_archived_request_posted")
        batch_op.drop_index(batch_op.f("ix_archived_request_import_id"))
        batch_op.drop_index(batch_op.f("ix_archived_request_agency_id"))
    op.drop_table("archived_request")
    with op.batch_alter_table("archive_agency", schema=None) as batch_op:
        batch_op.drop_index("uq_archive_agency_slug")
    op.drop_table("archive_agency")
    op.drop_table("archive_import")
