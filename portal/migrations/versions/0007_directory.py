"""the directory of agencies: where they are, who answers for them, since when

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-25
"""

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CHECKS = {
    "state": "state IN ('proposed', 'confirmed', 'verified', 'lapsed')",
    "left_after_it_joined": "left_on IS NULL OR left_on >= joined_on",
    "attested_by_somebody": "(proposed_by <> '') = (attested_at IS NOT NULL)",
    "address_answered": "state NOT IN ('confirmed', 'verified') OR confirmed_at IS NOT NULL",
    "verified_by_somebody": "state <> 'verified' OR (approved_by <> '' AND verified_until IS NOT NULL)",
    "two_persons": "approved_by = '' OR (proposed_by <> '' AND lower(approved_by) <> lower(proposed_by)"
    " AND (approved_by_id IS NULL OR proposed_by_id IS NULL OR approved_by_id <> proposed_by_id))",
}
TEXTS = {"address": 200, "website": 200, "place": 80, "region": 80, "proposed_by": 80, "proposed_title": 80}
TIMES = ("confirmed_at", "verified_until", "asked_at", "attested_at", "approved_at")
INDEXES = {
    "ix_agency_name": ["name", "number"],
    "ix_agency_kind": ["kind", "name", "number"],
    "ix_agency_region": ["region", "name", "number"],
}


def time() -> portal.db.UTCDateTime:
    return portal.db.UTCDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "jurisdiction_shape",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("polygons", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_jurisdiction_shape_agency_id_agency")),
        sa.PrimaryKeyConstraint("agency_id", name=op.f("pk_jurisdiction_shape")),
    )
    op.create_table(
        "agreement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("with_whom", sa.String(length=120), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.CheckConstraint("kind IN ('task-force', '287g', 'other')", name=op.f("ck_agreement_kind")),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_agreement_ends_after_it_began")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_agreement_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index(op.f("ix_agreement_agency_id"), "agreement", ["agency_id"])
    op.create_table(
        "agency_link",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", time(), nullable=False),
        sa.Column("expires_at", time(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_agency_link_agency_id_agency")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_agency_link")),
        sa.UniqueConstraint("agency_id", name=op.f("uq_agency_link_agency_id")),
    )
    with op.batch_alter_table("agency") as table:
        table.add_column(sa.Column("number", sa.Integer(), nullable=True))
        for name, length in TEXTS.items():
            table.add_column(sa.Column(name, sa.String(length=length), server_default="", nullable=False))
        table.add_column(sa.Column("approved_by", sa.String(length=80), server_default="", nullable=False))
        table.add_column(sa.Column("attestation", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("whole_town", sa.Boolean(), server_default="0", nullable=False))
        table.add_column(sa.Column("joined_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("left_on", sa.Date(), nullable=True))
        # Nobody has attested for those that are there, and no second person approved them: they keep their pages, and
        # publish again when that is done.
        table.add_column(sa.Column("state", sa.String(length=12), server_default="lapsed", nullable=False))
        for name in TIMES:
            table.add_column(sa.Column(name, time(), nullable=True))
        for name in ("proposed_by_id", "approved_by_id"):
            table.add_column(sa.Column(name, sa.Uuid(), nullable=True))
    op.execute("UPDATE agency SET number = rowid, joined_on = substr(created_at, 1, 10), whole_town = 1")
    op.execute("INSERT INTO counter (name, value) SELECT 'agency', max(number) FROM agency HAVING count(*) > 0")
    with op.batch_alter_table("agency") as table:
        table.alter_column("number", existing_type=sa.Integer(), nullable=False)
        table.alter_column("joined_on", existing_type=sa.Date(), nullable=False)
        table.create_unique_constraint(op.f("uq_agency_number"), ["number"])
        for name in ("proposed_by_id", "approved_by_id"):
            table.create_foreign_key(op.f(f"fk_agency_{name}_account"), "account", [name], ["id"])
        for name, sql in CHECKS.items():
            table.create_check_constraint(op.f(f"ck_agency_{name}"), sql)
    for name, columns in INDEXES.items():
        op.create_index(name, "agency", columns)
    op.create_index("ix_agency_until", "agency", ["verified_until"], sqlite_where=sa.text("state = 'verified'"))


def downgrade() -> None:
    for name in ("ix_agency_until", *INDEXES):
        op.drop_index(name, "agency")
    with op.batch_alter_table("agency") as table:
        for name in CHECKS:
            table.drop_constraint(op.f(f"ck_agency_{name}"), type_="check")
        table.drop_constraint(op.f("uq_agency_number"), type_="unique")
        for name in ("proposed_by_id", "approved_by_id"):
            table.drop_constraint(op.f(f"fk_agency_{name}_account"), type_="foreignkey")
        for name in ("number", *TEXTS, "approved_by", "attestation", "whole_town", "joined_on", "left_on", "state"):
            table.drop_column(name)
        for name in (*TIMES, "proposed_by_id", "approved_by_id"):
            table.drop_column(name)
    op.execute("DELETE FROM counter WHERE name IN ('agency', 'directory')")
    op.drop_table("agency_link")
    op.drop_index(op.f("ix_agreement_agency_id"), "agreement")
    op.drop_table("agreement")
    op.drop_table("jurisdiction_shape")
