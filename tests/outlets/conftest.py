import pytest

from tests import people
from tests.helpers import Town
from tests.people import Cast


@pytest.fixture
def cast(town: Town) -> Cast:
    return people.everybody(town)
