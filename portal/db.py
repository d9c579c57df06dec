"""The town's database: how it is opened, read and written. No Flask here.

Reads run under SQLite's `query_only`, so that a page which only shows something cannot change anything. Writes
happen inside `Database.write` and nowhere else: it takes the one write lock at once (`BEGIN IMMEDIATE`), because
a transaction that reads first and writes later loses updates or fails half-way. Keep hashing, files, the network
and the request's body outside of it.
"""

import os
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import uuid6
from sqlalchemy import DateTime, Engine, MetaData, String, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from portal.clock import Clock

BUSY_SECONDS = 5.0
_EPOCH, _NAIVE_EPOCH = datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UTCDateTime(TypeDecorator[datetime]):
    """An instant. Aware on the Python side, UTC in the database; a naive time is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: instants are aware, in UTC")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def stored_ids(count: int) -> list[str]:
    """`count` ids (at most 4096) as `new_id` makes them, in their order, as SQLite holds them: for statements that
    write many rows without the ORM's help. Their place follows the milliseconds, as RFC 9562 (6.2) allows."""
    head, chance = f"{time.time_ns() // 1_000_000:012x}7", os.urandom(8 * count).hex()
    return [f"{head}{place:03x}8{chance[16 * place : 16 * place + 15]}" for place in range(count)]


def stored_time(value: datetime) -> str:
    """An instant as SQLite holds it, in UTC: for statements that write many rows without the ORM's help."""
    return (_NAIVE_EPOCH + (value - _EPOCH)).isoformat(" ", "microseconds")


def new_id() -> uuid.UUID:
    """A UUIDv7 (RFC 9562): sorts by the time it was made, which keeps indexes compact."""
    return uuid.UUID(int=uuid6.uuid7().int)


class Counter(Base):
    """A number that only goes up. Whoever takes one holds its row until the commit, so numbers become
    visible in their own order: a reader's cursor never skips one."""

    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int]


def next_number(session: Session, name: str, count: int = 1) -> int:
    """Take `count` consecutive numbers from the counter `name`; returns the first of them."""
    last = session.scalar(
        text(
            "INSERT INTO counter (name, value) VALUES (:name, :count)"
            " ON CONFLICT (name) DO UPDATE SET value = counter.value + :count RETURNING value"
        ),
        {"name": name, "count": count},
    )
    return last - count + 1


@dataclass(frozen=True)
class Actor:
    """Who acts or looks. `kind` is one of the six kinds of account, or visitor, device or system.

    `household_id` is set for a resident, `agency_id` for an agency member whose membership has not ended, and
    `home_cell` (H3, resolution 9) for a resident whose home is known. `suspended_until` is set while a moderator's
    suspension lasts.
    """

    kind: str
    id: uuid.UUID | None = None
    name: str = ""
    household_id: uuid.UUID | None = None
    agency_id: uuid.UUID | None = None
    home_cell: str | None = None
    suspended_until: datetime | None = None


VISITOR = Actor("visitor")
SYSTEM = Actor("system", name="Porchlight")


@dataclass(frozen=True)
class Act:
    """One act: the session it happens in, who does it, and when. First argument of every service and query."""

    session: Session
    actor: Actor
    now: datetime


class Busy(Exception):
    """Another writer held the database for too long; nothing was written, and the caller may try again."""


class NotFound(Exception):
    """There is no such thing, as far as this viewer may know."""


class Refusal(Exception):
    """What was asked for cannot be done. `code` and `params` say why; the words live in views and templates."""

    def __init__(self, code: str, field: str | None = None, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.params = params


class Database:
    """The engine, and the two ways to use it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(porchlight_write=True)
        self._local = threading.local()
        self._turn = threading.Lock()

    @contextmanager
    def read(self, actor: Actor, clock: Clock) -> Iterator[Act]:
        """An act that can only look. Outside of requests; a request has its own reading session."""
        with Session(self.engine) as session:
            yield Act(session, actor, clock.now())

    @contextmanager
    def write(self, actor: Actor, clock: Clock) -> Iterator[Act]:
        """One short transaction that may write; commits at the end, or rolls back all of it when anything raises.

        Raises Busy when another writer did not finish within BUSY_SECONDS.
        """
        if getattr(self._local, "writing", False):
            raise RuntimeError("db.write inside db.write: pass the act along instead")
        # Threads of one process take turns here: SQLite itself has them look again and again, and passes some over.
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise Busy
        self._local.writing = True
        try:
            with Session(self._writer, expire_on_commit=False) as session:
                try:
                    session.connection()  # takes the write lock now, before anything is read
                    yield Act(session, actor, clock.now())
                    session.commit()
                except OperationalError as error:
                    if "database is locked" in str(error.orig):
                        raise Busy from error
                    raise
        finally:
            self._local.writing = False
            self._turn.release()


def prepare(engine: Engine) -> None:
    """Give a new engine the settings that this module's promises rest on."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy says BEGIN itself, below
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # an acknowledgement survives a power cut
            "foreign_keys=ON",
            f"busy_timeout={int(BUSY_SECONDS * 1000)}",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("porchlight_write", False)
        if connection.info.get("query_only") is not (not writes):  # a connection that did the same before still does
            connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
            connection.info["query_only"] = not writes
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# Declared once, here, and made again after every migration: Alembic rebuilds tables in SQLite, and a rebuilt
# table has silently lost its triggers.
TRIGGERS: dict[str, str] = {
    "ledger_keeps_rows": """
        CREATE TRIGGER ledger_keeps_rows BEFORE DELETE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no entry is ever deleted'); END""",
    "ledger_keeps_facts": """
        CREATE TRIGGER ledger_keeps_facts BEFORE UPDATE ON ledger
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no entry is ever changed'); END""",
    "ledger_keeps_numbers": """
        CREATE TRIGGER ledger_keeps_numbers BEFORE INSERT ON ledger
        WHEN EXISTS (SELECT 1 FROM ledger WHERE seq = new.seq)
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: no entry is ever replaced'); END""",
    "account_kind_for_life": """
        CREATE TRIGGER account_kind_for_life BEFORE UPDATE OF kind ON account WHEN old.kind <> new.kind
        BEGIN SELECT RAISE(ABORT, 'an account is of one kind for life'); END""",
    "post_audience_never_widens": """
        CREATE TRIGGER post_audience_never_widens BEFORE UPDATE OF audience ON post
        WHEN old.audience = 'neighbours' AND new.audience <> 'neighbours' AND old.published_seq IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'an audience never widens after publishing'); END""",
    "media_keeps_to_neighbours_insert": """
        CREATE TRIGGER media_keeps_to_neighbours_insert BEFORE INSERT ON media
        WHEN (new.kind = 'video' OR new.from_camera)
             AND (SELECT audience FROM post WHERE id = new.post_id) <> 'neighbours'
        BEGIN SELECT RAISE(ABORT, 'footage is for neighbours only'); END""",
    "media_keeps_to_neighbours_update": """
        CREATE TRIGGER media_keeps_to_neighbours_update BEFORE UPDATE OF kind, from_camera, post_id ON media
        WHEN (new.kind = 'video' OR new.from_camera)
             AND (SELECT audience FROM post WHERE id = new.post_id) <> 'neighbours'
        BEGIN SELECT RAISE(ABORT, 'footage is for neighbours only'); END""",
    "post_with_footage_keeps_audience": """
        CREATE TRIGGER post_with_footage_keeps_audience BEFORE UPDATE OF audience ON post
        WHEN new.audience <> 'neighbours' AND EXISTS (
            SELECT 1 FROM media WHERE post_id = new.id AND (kind = 'video' OR from_camera))
        BEGIN SELECT RAISE(ABORT, 'footage is for neighbours only'); END""",
    **{
        f"{table}_for_residents_{how}": f"""
        CREATE TRIGGER {table}_for_residents_{how} BEFORE {act} ON {table}
        WHEN (SELECT kind FROM account WHERE id = new.account_id) <> 'resident'
        BEGIN SELECT RAISE(ABORT, 'alerts are for residents only'); END"""
        for table in ("alert_rule", "notice", "push_subscription", "delivery")
        for how, act in (("insert", "INSERT"), ("update", "UPDATE OF account_id"))
    },
    # Requests have ended: their archive is added to by whole files that stand in the ledger, and taken from likewise.
    "archive_import_stands_in_the_ledger": """
        CREATE TRIGGER archive_import_stands_in_the_ledger BEFORE INSERT ON archive_import
        WHEN NOT EXISTS (SELECT 1 FROM ledger WHERE kind = 'archive.imported' AND subject_id = new.id)
        BEGIN SELECT RAISE(ABORT, 'the archive is history: what comes into it stands in the ledger first'); END""",
    "archive_import_keeps_rows": """
        CREATE TRIGGER archive_import_keeps_rows BEFORE DELETE ON archive_import
        WHEN NOT EXISTS (SELECT 1 FROM ledger WHERE kind = 'archive.withdrawn' AND subject_id = old.id)
        BEGIN SELECT RAISE(ABORT, 'the archive is history: what leaves it stands in the ledger first'); END""",
    **{
        f"{table}_keeps_rows": f"""
        CREATE TRIGGER {table}_keeps_rows BEFORE DELETE ON {table}
        WHEN EXISTS (SELECT 1 FROM archive_import WHERE id = old.import_id)
        BEGIN SELECT RAISE(ABORT, 'the archive is history: nothing leaves it but a whole file'); END"""
        for table in ("archive_agency", "archived_request")
    },
    **{
        f"{table}_keeps_facts": f"""
        CREATE TRIGGER {table}_keeps_facts BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, 'the archive is history: nothing in it is ever changed'); END"""
        for table in ("archive_import", "archive_agency", "archived_request")
    },
    **{
        f"{table}_is_not_replaced": f"""
        CREATE TRIGGER {table}_is_not_replaced BEFORE INSERT ON {table}
        WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
        BEGIN SELECT RAISE(ABORT, 'the archive is history: nothing in it is ever replaced'); END"""
        for table, same in (
            ("archive_import", "id = new.id OR sha256 = new.sha256"),
            ("archive_agency", "id = new.id OR (import_id = new.import_id AND slug = new.slug)"),
            ("archived_request", "id = new.id OR case_number = new.case_number"),
        )
    },
    **{
        f"{table}_for_residents_{how}": f"""
        CREATE TRIGGER {table}_for_residents_{how} BEFORE {act} ON {table}
        WHEN (SELECT kind FROM account WHERE id = new.account_id) <> 'resident'
        BEGIN SELECT RAISE(ABORT, 'residents alone follow agencies and say what was useful'); END"""
        for table in ("agency_follow", "useful_tip")
        for how, act in (("insert", "INSERT"), ("update", "UPDATE OF account_id"))
    },
    "agency_comment_authors": """
        CREATE TRIGGER agency_comment_authors BEFORE INSERT ON agency_comment
        WHEN (SELECT kind FROM account WHERE id = new.author_id) <>
                CASE WHEN new.agency_id IS NULL THEN 'resident' ELSE 'agency' END
            OR new.agency_id <> (SELECT agency_id FROM agency_post WHERE id = new.post_id)
        BEGIN SELECT RAISE(ABORT, 'under a post write residents, and the agency whose post it is'); END""",
    "agency_comment_keeps_authors": """
        CREATE TRIGGER agency_comment_keeps_authors BEFORE UPDATE OF post_id, author_id, agency_id ON agency_comment
        WHEN new.post_id <> old.post_id OR new.author_id <> old.author_id OR new.agency_id IS NOT old.agency_id
        BEGIN SELECT RAISE(ABORT, 'a comment stays its author''s, under its post'); END""",
}


# What search looks through. A document for each post in the feed, by its number there: its words, its place, and its
# visible comments. Whether somebody may see the post is not decided here. (PostgreSQL: a tsvector column.)
# The archive has documents of its own, so that no search of the feed can find one of its requests. So has the directory
# of agencies: their names and places.
FULL_TEXT: dict[str, str] = {
    "post_text": """
        CREATE VIRTUAL TABLE post_text USING fts5(body, place, comments, tokenize = "unicode61 remove_diacritics 2")""",
    "archive_text": """
        CREATE VIRTUAL TABLE archive_text USING fts5(body, case_number, incident_type, agency,
            tokenize = "unicode61 remove_diacritics 2")""",
    "agency_text": """
        CREATE VIRTUAL TABLE agency_text USING fts5(name, place, region, tokenize = "unicode61 remove_diacritics 2",
            prefix = '2 3')""",
}
_DOCUMENTS = """
    INSERT INTO post_text (rowid, body, place, comments)
    SELECT published_seq, body, place || ' ' || area,
        (SELECT group_concat(body, char(10)) FROM comment WHERE post_id = post.id AND state = 'visible')
    FROM post WHERE state = 'visible'"""
_ARCHIVED = """
    INSERT INTO archive_text (rowid, body, case_number, incident_type, agency)
    SELECT archived_request.id, text, case_number, incident_type, archive_agency.name
    FROM archived_request JOIN archive_agency ON archive_agency.id = archived_request.agency_id"""
_AGENCIES = """
    INSERT INTO agency_text (rowid, name, place, region) SELECT number, name, place, region FROM agency"""
TRIGGERS |= {
    "agency_text_insert": f"""
        CREATE TRIGGER agency_text_insert AFTER INSERT ON agency
        BEGIN {_AGENCIES} WHERE id = new.id; END""",
    "agency_text_update": f"""
        CREATE TRIGGER agency_text_update AFTER UPDATE OF name, place, region ON agency
        BEGIN
            DELETE FROM agency_text WHERE rowid = old.number;
            {_AGENCIES} WHERE id = new.id;
        END""",
    "agency_text_delete": """
        CREATE TRIGGER agency_text_delete AFTER DELETE ON agency
        BEGIN DELETE FROM agency_text WHERE rowid = old.number; END""",
    "archive_text_insert": f"""
        CREATE TRIGGER archive_text_insert AFTER INSERT ON archived_request
        BEGIN {_ARCHIVED} WHERE archived_request.id = new.id; END""",
    "archive_text_delete": """
        CREATE TRIGGER archive_text_delete AFTER DELETE ON archived_request
        BEGIN DELETE FROM archive_text WHERE rowid = old.id; END""",
    "post_text_insert": f"""
        CREATE TRIGGER post_text_insert AFTER INSERT ON post WHEN new.state = 'visible'
        BEGIN {_DOCUMENTS} AND id = new.id; END""",
    "post_text_update": f"""
        CREATE TRIGGER post_text_update AFTER UPDATE OF body, place, area, state, published_seq ON post
        BEGIN
            DELETE FROM post_text WHERE rowid = old.published_seq;
            {_DOCUMENTS} AND id = new.id;
        END""",
    "post_text_delete": """
        CREATE TRIGGER post_text_delete AFTER DELETE ON post
        BEGIN DELETE FROM post_text WHERE rowid = old.published_seq; END""",
    **{
        f"post_text_comment_{name}": f"""
        CREATE TRIGGER post_text_comment_{name} AFTER {event} ON comment
        BEGIN
            UPDATE post_text SET comments =
                (SELECT group_concat(body, char(10)) FROM comment WHERE post_id = {row}.post_id AND state = 'visible')
            WHERE rowid = (SELECT published_seq FROM post WHERE id = {row}.post_id AND state = 'visible');
        END"""
        for name, event, row in (
            ("insert", "INSERT", "new"),
            ("update", "UPDATE OF body, state", "new"),
            ("delete", "DELETE", "old"),
        )
    },
}


def install_triggers(connection: Connection) -> None:
    """Make every declared trigger anew, drop those that are declared no more, and read into search what it looks
    through."""
    drop_triggers(connection)
    for name, statement in FULL_TEXT.items():
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        connection.exec_driver_sql(statement)
    for documents in (_DOCUMENTS, _ARCHIVED, _AGENCIES):
        connection.exec_driver_sql(documents)
    for statement in TRIGGERS.values():
        connection.exec_driver_sql(statement)


def drop_triggers(connection: Connection) -> list[str]:
    """Drop every trigger, and return the statements that made them. SQLite renames no table while a trigger names one
    that is away, so a migration that rebuilds a table runs without them."""
    present = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    for name, _statement in present:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    return [statement for _name, statement in present]
