import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from portal import create_app, schema
from portal.settings import Settings
from tests.helpers import SECRET, Town
from tests.people import Cast, everybody

# A commit passes or fails the same everywhere. `HYPOTHESIS_PROFILE=explore make test` looks for what nobody tried yet.
settings.register_profile("same", derandomize=True)
settings.register_profile("explore", derandomize=False, max_examples=500, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

pytest_plugins = ["tests.e2e.browser"] if (Path(__file__).parent / "e2e" / "browser.py").exists() else []


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows, to be copied: migrating for every test would take most of the time."""
    folder = tmp_path_factory.mktemp("empty")
    app = create_app(Settings(secret_key=SECRET, data=folder))
    here = app.extensions["porchlight"]
    schema.upgrade(here.database)
    with here.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    here.database.engine.dispose()
    return folder / "porchlight.sqlite"


@pytest.fixture
def town(tmp_path: Path, empty_database: Path) -> Iterator[Town]:
    """A small town with nobody in it, at a time that stands still."""
    shutil.copy(empty_database, tmp_path / "porchlight.sqlite")
    made = Town(tmp_path)
    yield made
    made.here.database.engine.dispose()


@pytest.fixture
def cast(town: Town) -> Cast:
    return everybody(town)
