import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.devices.tools import Porch
from tests.helpers import Town


@pytest.fixture
def porch(town: Town) -> Porch:
    return Porch.built(town)


@pytest.fixture(scope="module")
def lasting_porch(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Porch]:
    """One porch for a module's rules that are tried with many examples."""
    folder = tmp_path_factory.mktemp("lasting")
    shutil.copy(empty_database, folder / "porchlight.sqlite")
    town = Town(folder)
    yield Porch.built(town)
    town.here.database.engine.dispose()
