"""what residents answer to agencies: comments, followers, attendance, useful tips, reach

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-25
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# table -> {check: (before, after)}; None where there is none
CHECKS = {
    "report": {
        "one_subject": (
            "(post_id IS NULL) <> (comment_id IS NULL)",
            "(CASE WHEN post_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN comment_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN agency_comment_id IS NULL THEN 0 ELSE 1 END) = 1",
        ),
    },
    "moderation_case": {
        "subject": (
            "subject IN ('post', 'comment', 'agency_post', 'agency_edit', 'picture', 'person')",
            "subject IN ('post', 'comment', 'agency_post', 'agency_edit', 'picture', 'agency_comment', 'agency_answer',"
            " 'person')",
        ),
    },
    "alert_rule": {
        "about": ("about IN ('posts', 'devices', 'answers')", "about IN ('posts', 'devices', 'answers', 'agencies')"),
        "agencies_alone_are_urgent": (None, "about = 'agencies' OR NOT urgent_at_once"),
    },
    "notice": {
        "kind": (
            "kind IN ('post', 'event', 'reply', 'decision')",
            "kind IN ('post', 'event', 'reply', 'decision', 'agency', 'answer')",
        ),
    },
}


def time() -> portal.db.UTCDateTime:
    return portal.db.UTCDateTime(timezone=True)


def column(name: str, type_: sa.types.TypeEngine, null: bool = False) -> sa.Column:
    return sa.Column(name, type_, nullable=null)


def leads(table: str, name: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{to}.id"], name=op.f(f"fk_{table}_{name}_{to}"))


def key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=op.f(f"pk_{table}"))


def check(table: str, name: str, sql: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(sql, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    op.create_table(
        "agency_comment",
        column("id", sa.Uuid()),
        column("post_id", sa.Uuid()),
        column("author_id", sa.Uuid()),
        column("agency_id", sa.Uuid(), null=True),
        column("reply_to", sa.Uuid(), null=True),
        column("alias", sa.String(length=120), null=True),
        column("body", sa.Text()),
        column("state", sa.String(length=10)),
        column("spans", sa.JSON()),
        column("written_at", time()),
        column("published_at", time(), null=True),
        column("edited_at", time(), null=True),
        column("ended_at", time(), null=True),
        column("ended_rule", sa.String(length=3), null=True),
        check("agency_comment", "state", "state IN ('held', 'visible', 'removed', 'deleted', 'withdrawn')"),
        check("agency_comment", "agencies_speak_by_name", "agency_id IS NULL OR alias IS NULL"),
        check("agency_comment", "states_of_answers", "agency_id IS NOT NULL OR state NOT IN ('held', 'withdrawn')"),
        check("agency_comment", "answers_are_not_deleted", "agency_id IS NULL OR state <> 'deleted'"),
        check("agency_comment", "visible_since", "state <> 'visible' OR published_at IS NOT NULL"),
        leads("agency_comment", "post_id", "agency_post"),
        leads("agency_comment", "author_id", "account"),
        leads("agency_comment", "agency_id", "agency"),
        leads("agency_comment", "reply_to", "agency_comment"),
        key("agency_comment", "id"),
    )
    op.create_index("ix_agency_comment_post", "agency_comment", ["post_id", "id"])
    op.create_index("ix_agency_comment_held", "agency_comment", ["written_at"], sqlite_where=sa.text("state = 'held'"))
    op.create_index(op.f("ix_agency_comment_author_id"), "agency_comment", ["author_id"])
    op.create_index(op.f("ix_agency_comment_reply_to"), "agency_comment", ["reply_to"])
    op.create_table(
        "agency_answer_revision",
        column("id", sa.Uuid()),
        column("comment_id", sa.Uuid()),
        column("editor_id", sa.Uuid()),
        column("body", sa.Text()),
        column("replaced_at", time()),
        leads("agency_answer_revision", "comment_id", "agency_comment"),
        leads("agency_answer_revision", "editor_id", "account"),
        key("agency_answer_revision", "id"),
    )
    op.create_index(op.f("ix_agency_answer_revision_comment_id"), "agency_answer_revision", ["comment_id"])
    op.create_table(
        "agency_follow",
        column("account_id", sa.Uuid()),
        column("agency_id", sa.Uuid()),
        column("since", time()),
        leads("agency_follow", "account_id", "account"),
        leads("agency_follow", "agency_id", "agency"),
        key("agency_follow", "account_id", "agency_id"),
    )
    op.create_index(op.f("ix_agency_follow_agency_id"), "agency_follow", ["agency_id"])
    op.create_table(
        "useful_tip",
        column("account_id", sa.Uuid()),
        column("post_id", sa.Uuid()),
        leads("useful_tip", "account_id", "account"),
        leads("useful_tip", "post_id", "agency_post"),
        key("useful_tip", "account_id", "post_id"),
    )
    op.create_index(op.f("ix_useful_tip_post_id"), "useful_tip", ["post_id"])
    op.create_table(
        "attendance",
        column("post_id", sa.Uuid()),
        column("salt", sa.LargeBinary(length=32), null=True),
        column("count", sa.Integer()),
        leads("attendance", "post_id", "agency_post"),
        key("attendance", "post_id"),
    )
    op.create_table(
        "attendance_token",
        column("post_id", sa.Uuid()),
        column("token", sa.LargeBinary(length=32)),
        leads("attendance_token", "post_id", "agency_post"),
        key("attendance_token", "post_id", "token"),
    )
    op.create_table(
        "post_reach",
        column("post_id", sa.Uuid()),
        column("salt", sa.LargeBinary(length=32), null=True),
        column("sketch", sa.LargeBinary(length=1024), null=True),
        column("people", sa.Integer()),
        leads("post_reach", "post_id", "agency_post"),
        key("post_reach", "post_id"),
    )
    with op.batch_alter_table("report") as table:
        table.add_column(column("agency_comment_id", sa.Uuid(), null=True))
        table.create_unique_constraint("uq_report_agency_comment_reporter", ["agency_comment_id", "reporter_id"])
        _refer(table, "report", "agency_comment_id", "agency_comment")
        _change_checks(table, "report", after=True)
    with op.batch_alter_table("moderation_case") as table:
        for name, null in (("subject", False), ("about", True)):
            table.alter_column(name, type_=sa.String(length=16), existing_nullable=null)
        _change_checks(table, "moderation_case", after=True)
    with op.batch_alter_table("alert_rule") as table:
        table.add_column(sa.Column("urgent_at_once", sa.Boolean(), server_default="0", nullable=False))
        _change_checks(table, "alert_rule", after=True)
    with op.batch_alter_table("notice") as table:
        for name, to in (("agency_post_id", "agency_post"), ("agency_comment_id", "agency_comment")):
            table.add_column(column(name, sa.Uuid(), null=True))
            table.create_index(op.f(f"ix_notice_{name}"), [name])
            _refer(table, "notice", name, to)
        _change_checks(table, "notice", after=True)


def downgrade() -> None:
    op.execute("DELETE FROM notice WHERE kind IN ('agency', 'answer')")
    with op.batch_alter_table("notice") as table:
        for name, to in (("agency_post_id", "agency_post"), ("agency_comment_id", "agency_comment")):
            table.drop_constraint(op.f(f"fk_notice_{name}_{to}"), type_="foreignkey")
            table.drop_index(op.f(f"ix_notice_{name}"))
            table.drop_column(name)
        _change_checks(table, "notice", after=False)
    op.execute("DELETE FROM alert_rule WHERE about = 'agencies'")
    with op.batch_alter_table("alert_rule") as table:
        _change_checks(table, "alert_rule", after=False)
        table.drop_column("urgent_at_once")
    under_agencies = "subject IN ('agency_comment', 'agency_answer')"
    op.execute(f"DELETE FROM moderation_case WHERE appeal_of IS NOT NULL AND {under_agencies}")
    op.execute(f"DELETE FROM moderation_case WHERE {under_agencies}")
    with op.batch_alter_table("moderation_case") as table:
        _change_checks(table, "moderation_case", after=False)
        for name, null in (("subject", False), ("about", True)):
            table.alter_column(name, type_=sa.String(length=12), existing_nullable=null)
    op.execute("DELETE FROM report WHERE agency_comment_id IS NOT NULL")
    with op.batch_alter_table("report") as table:
        table.drop_constraint(op.f("fk_report_agency_comment_id_agency_comment"), type_="foreignkey")
        table.drop_constraint("uq_report_agency_comment_reporter", type_="unique")
        _change_checks(table, "report", after=False)
        table.drop_column("agency_comment_id")
    for name in ("post_reach", "attendance_token", "attendance", "useful_tip", "agency_follow"):
        op.drop_table(name)
    op.drop_table("agency_answer_revision")
    op.drop_table("agency_comment")


def _refer(table: Any, of: str, name: str, to: str) -> None:
    table.create_foreign_key(op.f(f"fk_{of}_{name}_{to}"), to, [name], ["id"])


def _change_checks(table: Any, of: str, after: bool) -> None:
    for name, words in CHECKS[of].items():
        old, new = words if after else words[::-1]
        if old is not None:
            table.drop_constraint(op.f(f"ck_{of}_{name}"), type_="check")
        if new is not None:
            table.create_check_constraint(op.f(f"ck_{of}_{name}"), new)
