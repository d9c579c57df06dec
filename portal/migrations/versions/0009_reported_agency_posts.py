"""residents report agencies' posts

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-25
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SUBJECTS = ("post_id", "comment_id", "agency_comment_id")


def one_of(*names: str) -> str:
    return " + ".join(f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)" for name in names) + " = 1"


def upgrade() -> None:
    with op.batch_alter_table("report") as table:
        table.add_column(sa.Column("agency_post_id", sa.Uuid(), nullable=True))
        table.create_foreign_key(
            op.f("fk_report_agency_post_id_agency_post"), "agency_post", ["agency_post_id"], ["id"]
        )
        table.create_unique_constraint("uq_report_agency_post_reporter", ["agency_post_id", "reporter_id"])
        table.drop_constraint(op.f("ck_report_one_subject"), type_="check")
        table.create_check_constraint(op.f("ck_report_one_subject"), one_of(*SUBJECTS, "agency_post_id"))
    op.add_column("agency_post", sa.Column("removed_rule", sa.String(length=3), nullable=True))


def downgrade() -> None:
    op.drop_column("agency_post", "removed_rule")
    op.execute("DELETE FROM report WHERE agency_post_id IS NOT NULL")
    with op.batch_alter_table("report") as table:
        table.drop_constraint(op.f("fk_report_agency_post_id_agency_post"), type_="foreignkey")
        table.drop_constraint("uq_report_agency_post_reporter", type_="unique")
        table.drop_constraint(op.f("ck_report_one_subject"), type_="check")
        table.create_check_constraint(op.f("ck_report_one_subject"), one_of(*SUBJECTS))
        table.drop_column("agency_post_id")
