import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import Town
from tests.proof import secrets
from tests.test_access import World, build


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[World]:
    """The town of the table, with something of everything in it, and all that neighbours may have among themselves."""
    data = tmp_path_factory.mktemp("proof")
    shutil.copy(empty_database, data / "porchlight.sqlite")
    made = build(Town(data))
    secrets.everything(made.town, random.Random(1))
    made.save()
    yield made
    made.town.here.database.engine.dispose()
