"""The database's version: bringing it up to date, and asking whether it is."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from portal.db import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


@cache
def newest() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def is_current(connection: Connection) -> bool:
    return MigrationContext.configure(connection).get_current_revision() == newest()


def upgrade(database: Database) -> None:
    """Bring the database to this program's version, in one transaction, with its triggers made anew."""
    config = _config()
    with database.engine.execution_options(porchlight_write=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
