"""passkeys, and the end of sessions that agencies' members opened without

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-25
"""

import secrets

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def time() -> portal.db.UTCDateTime:
    return portal.db.UTCDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("added_at", time(), nullable=False),
        sa.Column("last_used_at", time(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_passkey_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_account_id"), "passkey", ["account_id"])
    op.create_table(
        "passkey_challenge",
        sa.Column("holder", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("challenge", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", time(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_passkey_challenge_account_id_account")),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_passkey_challenge")),
    )
    account = sa.table("account", sa.column("id"), sa.column("kind"), sa.column("session_key"))
    members = op.get_bind().scalars(sa.select(account.c.id).where(account.c.kind == "agency")).all()
    for member in members:
        op.execute(
            account.update().where(account.c.id == member).values(session_key=secrets.token_urlsafe(32)),
        )


def downgrade() -> None:
    op.drop_table("passkey_challenge")
    op.drop_index(op.f("ix_passkey_account_id"), "passkey")
    op.drop_table("passkey")
