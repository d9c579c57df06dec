import pytest

from tests.devices.tools import Porch
from tests.helpers import Town


@pytest.fixture
def porch(town: Town) -> Porch:
    return Porch.built(town)
