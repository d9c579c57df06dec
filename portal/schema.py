"""The database's version: bringing it up to date, and asking whether it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from portal.db import FULL_TEXT, Database

MIGRATIONS = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def of_the_models(_thing: Any, name: str | None, kind: str, reflected: bool, _compare_to: Any) -> bool:
    """Whether Alembic compares this. Full-text tables, and what SQLite keeps for them, are made by `portal.db`."""
    return not (kind == "table" and reflected and (name or "").startswith(tuple(FULL_TEXT)))


@cache
def newest() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def is_current(connection: Connection) -> bool:
    return MigrationContext.configure(connection).get_current_revision() == newest()


@contextmanager
def migrating(database: Database) -> Iterator[Connection]:
    """A connection in one writing transaction that may rebuild tables. Foreign keys are checked at its end and not
    enforced before: else SQLite deletes every row that refers to a table as soon as that table is rebuilt."""
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")  # without effect inside of a transaction
        try:
            with connection.execution_options(porchlight_write=True).begin():
                yield connection
                if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
                    raise RuntimeError(f"rows would refer to nothing after this migration: {broken[:5]}")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def upgrade(database: Database) -> None:
    """Bring the database to this program's version, in one transaction, with its triggers made anew."""
    config = _config()
    with migrating(database) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
