"""The ledger: every act that the town answers for, appended and never changed."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, UTCDateTime


class LedgerEntry(Base):
    """One act. Triggers declared in `portal.db` refuse every UPDATE and DELETE on this table.

    `facts` holds what anyone may read when `public`, and identifiers only, never content, when not.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        Index("ix_ledger_public", "seq", sqlite_where=text("public"), postgresql_where=text("public")),
        {"sqlite_autoincrement": True},
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    kind: Mapped[str] = mapped_column(String(60))
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[uuid.UUID | None]
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[uuid.UUID | None]
    public: Mapped[bool]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
