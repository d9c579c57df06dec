import pytest

from tests.devices.tools import Porch, quick
from tests.helpers import Town


@pytest.fixture
def town(town: Town) -> Town:
    return quick(town)


@pytest.fixture
def porch(town: Town) -> Porch:
    return Porch.built(town)
