import pytest

from portal.accounts.models import Account
from tests import factories
from tests.helpers import Town
from tests.people import Cast


@pytest.fixture
def second(town: Town, cast: Cast) -> Account:
    """Another moderator than `cast.mod`."""
    return factories.moderator(town, "second@maple.example", "Theo Lang")
