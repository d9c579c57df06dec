"""The database that migrations make is the one that the models mean; triggers say what its rows may never become."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, Index, inspect
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

import portal.models  # noqa: F401
from portal import schema
from portal.db import FULL_TEXT, TRIGGERS, Base
from tests import factories, people
from tests.helpers import Town


def triggers(connection: Connection) -> dict[str, str]:
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    return {name: words(sql) for name, sql in rows}


def words(sql: str) -> str:
    """SQL without its layout."""
    return " ".join(sql.split())


DECLARED = {name: words(sql) for name, sql in TRIGGERS.items()}


def index_sql(connection: Connection) -> dict[str, str]:
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    return {name: words(sql) for name, sql in rows}


@pytest.fixture
def engine(town: Town) -> Engine:
    return town.here.database.engine


# — The schema —


def test_after_all_migrations_the_tables_are_those_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {"compare_type": True, "include_object": schema.of_the_models}
        context = MigrationContext.configure(connection, opts=options)
        found = compare_metadata(context, Base.metadata)
    directed = {index.name for table in Base.metadata.tables.values() for index in table.indexes if is_directed(index)}
    # What Alembic cannot read back from SQLite, an index with a direction, is compared below by its own words.
    assert [step for step in found if not (step[0].endswith("_index") and step[1].name in directed)] == []


def is_directed(index: Index) -> bool:
    return len(index.columns) < len(index.expressions)


def test_the_constraints_and_indexes_are_those_of_the_models_too(engine: Engine, tmp_path: Path) -> None:
    """Alembic cannot compare checks, partial and descending indexes in SQLite, so their own words are compared."""
    other = Town(tmp_path / "from-models")
    with other.here.database.engine.execution_options(porchlight_write=True).begin() as connection:
        Base.metadata.create_all(connection)
    with engine.connect() as made, other.here.database.engine.connect() as meant:
        assert index_sql(made) == index_sql(meant)
        for table in Base.metadata.tables:
            for what in ("get_check_constraints", "get_unique_constraints", "get_foreign_keys", "get_pk_constraint"):
                found, wanted = (getattr(inspect(connection), what)(table) for connection in (made, meant))
                assert str(sorted_rows(found)) == str(sorted_rows(wanted)), (table, what)
    other.here.database.engine.dispose()


def sorted_rows(found: object) -> object:
    return sorted(found, key=lambda row: str(row.get("name"))) if isinstance(found, list) else found


def test_a_new_database_has_exactly_the_declared_triggers(engine: Engine) -> None:
    with engine.connect() as connection:
        assert triggers(connection) == DECLARED
        tables = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%'")
        assert {name: words(sql) for name, sql in tables} == {name: words(sql) for name, sql in FULL_TEXT.items()}


def test_upgrading_twice_changes_nothing_and_mends_lost_triggers(town: Town, engine: Engine) -> None:
    with engine.execution_options(porchlight_write=True).begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER ledger_keeps_rows")
        connection.exec_driver_sql("CREATE TRIGGER leftover BEFORE DELETE ON ledger BEGIN SELECT 1; END")
    schema.upgrade(town.here.database)
    with engine.connect() as connection:
        assert triggers(connection) == DECLARED
        assert schema.is_current(connection)


def test_the_first_migration_can_be_taken_back_and_made_again(town: Town, engine: Engine) -> None:
    config = schema._config()
    with engine.execution_options(porchlight_write=True).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
        assert triggers(connection) == {}
    schema.upgrade(town.here.database)
    with engine.connect() as connection:
        assert triggers(connection) == DECLARED


# — A migration that rebuilds tables —

REBUILD = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", "{down}", None, None


def upgrade():
    for table in ("ledger", "post", "media", "account"):
        with op.batch_alter_table(table, recreate="always") as batch:
            batch.add_column(sa.Column("later", sa.Integer(), nullable=True))


def downgrade():
    raise NotImplementedError
"""


@pytest.fixture
def next_release(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The program with one migration more, which makes four tables anew."""
    folder = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, folder)
    (folder / "versions" / "9999_rebuild.py").write_text(REBUILD.format(down=schema.newest()))
    monkeypatch.setattr(schema, "MIGRATIONS", folder)
    schema.newest.cache_clear()
    yield
    schema.newest.cache_clear()


def test_a_migration_that_rebuilds_tables_keeps_every_row_and_every_trigger(town: Town, next_release: None) -> None:
    rosa, ben = factories.resident(town, "Rosa"), factories.resident(town, "Ben")
    post = factories.post(town, rosa, uploads=[factories.upload(town, factories.jpeg())])
    town.work()
    factories.comment(town, ben, post)
    engine = town.here.database.engine
    tables = ("account", "ledger", "post", "media", "rendition", "comment")

    def counts() -> dict[str, int]:
        with engine.connect() as connection:
            return {name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() for name in tables}

    before = counts()
    assert all(before.values())
    schema.upgrade(town.here.database)
    assert counts() == before, "a table that is rebuilt takes no rows of other tables with it"
    with engine.connect() as connection:
        assert triggers(connection) == DECLARED
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1, "and keys are enforced again"


# — What the triggers and checks refuse, by raw SQL —


def attempt(town: Town, sql: str, *values: object) -> None:
    with town.acting() as act:
        act.session.connection().exec_driver_sql(sql, values)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger SET facts = '{}'",
        "UPDATE ledger SET public = 0 WHERE seq = 1",
        "DELETE FROM ledger",
        "DELETE FROM ledger WHERE seq = (SELECT max(seq) FROM ledger)",
        "INSERT OR REPLACE INTO ledger SELECT seq, at, 'nothing', actor_kind, actor_id, subject_kind, subject_id,"
        " public, facts FROM ledger",
        "INSERT INTO ledger SELECT * FROM ledger WHERE true ON CONFLICT (seq) DO UPDATE SET kind = 'nothing'",
    ],
)
def test_the_ledger_is_only_ever_added_to(town: Town, sql: str) -> None:
    factories.agency(town, "maple-fire", "fire", "Maple Fire")

    def entries() -> list[tuple[object, ...]]:
        with town.here.database.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM ledger ORDER BY seq")]

    before = entries()
    with pytest.raises(IntegrityError, match="append-only"):
        attempt(town, sql)
    assert entries() == before
    factories.street(town)
    assert len(entries()) == len(before) + 1


def test_an_account_is_of_one_kind_for_life(town: Town) -> None:
    mod = factories.work_account(town, "moderator", "mod@maple.example", "Marisol Vega")
    with pytest.raises(IntegrityError, match="one kind for life"):
        attempt(town, "UPDATE account SET kind = 'operator' WHERE id = ?", mod.id.hex)
    attempt(town, "UPDATE account SET name = 'M. Vega', kind = kind WHERE id = ?", mod.id.hex)


def test_a_published_audience_never_widens_and_may_narrow(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    narrow, wide = factories.post(town, rosa), factories.post(town, rosa, audience="everyone")
    with pytest.raises(IntegrityError, match="never widens"):
        attempt(town, "UPDATE post SET audience = 'everyone' WHERE id = ?", narrow.id.hex)
    attempt(town, "UPDATE post SET audience = 'neighbours' WHERE id = ?", wide.id.hex)
    with pytest.raises(IntegrityError, match="never widens"):
        attempt(town, "UPDATE post SET audience = 'everyone' WHERE id = ?", wide.id.hex)


INSERT_MEDIA = (
    "INSERT INTO media (id, post_id, position, kind, from_camera, alt, original, progress, state, attempts,"
    " lease_until) VALUES (?, ?, 0, ?, ?, '', '', 0, 'done', 1, '2026-05-14 16:00:00')"
)


@pytest.mark.parametrize(("kind", "from_camera"), [("video", 0), ("video", 1), ("picture", 1)])
def test_footage_is_for_neighbours_only(town: Town, kind: str, from_camera: int) -> None:
    rosa = factories.resident(town, "Rosa")
    narrow, wide = factories.post(town, rosa), factories.post(town, rosa, audience="everyone")
    with pytest.raises(IntegrityError, match="neighbours only"):
        attempt(town, INSERT_MEDIA, uuid.uuid4().hex, wide.id.hex, kind, from_camera)

    harmless = uuid.uuid4().hex
    attempt(town, INSERT_MEDIA, harmless, wide.id.hex, "picture", 0)
    with pytest.raises(IntegrityError, match="neighbours only"):
        attempt(town, "UPDATE media SET kind = ?, from_camera = ? WHERE id = ?", kind, from_camera, harmless)

    footage = uuid.uuid4().hex
    attempt(town, INSERT_MEDIA, footage, narrow.id.hex, kind, from_camera)
    with pytest.raises(IntegrityError, match="neighbours only"):
        attempt(town, "UPDATE media SET post_id = ? WHERE id = ?", wide.id.hex, footage)


def test_a_post_with_footage_stays_with_neighbours_even_before_it_is_published(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    post = factories.post(town, rosa, uploads=[factories.upload(town, factories.jpeg(), from_camera=True)])
    assert post.published_seq is None
    with pytest.raises(IntegrityError, match="neighbours only"):
        attempt(town, "UPDATE post SET audience = 'everyone' WHERE id = ?", post.id.hex)


def test_the_database_holds_no_agency_post_that_could_be_a_request(town: Town) -> None:
    cast = people.everybody(town)
    post = factories.agency_post(town, cast.officer, "maple-police")
    with pytest.raises(IntegrityError, match="ck_agency_post_kind"):
        attempt(town, "UPDATE agency_post SET kind = 'request' WHERE id = ?", post.id.hex)


def test_only_residents_have_households(town: Town) -> None:
    cast = people.everybody(town)
    with pytest.raises(IntegrityError, match="residents_have_households"):
        attempt(
            town, "UPDATE account SET household_id = ? WHERE id = ?", cast.rosa.household_id.hex, cast.officer.id.hex
        )
    with pytest.raises(IntegrityError, match="residents_have_households"):
        attempt(town, "UPDATE account SET household_id = NULL WHERE id = ?", cast.rosa.id.hex)


def test_nobody_speaks_for_two_agencies_at_once(town: Town) -> None:
    cast = people.everybody(town)
    with pytest.raises(IntegrityError, match="membership"):
        attempt(
            town,
            "INSERT INTO membership (id, account_id, agency_id, title, joined_at) VALUES (?, ?, ?, 'x', '2026-05-14')",
            uuid.uuid4().hex,
            cast.officer.id.hex,
            cast.fire.id.hex,
        )
