from datetime import timedelta

import pytest

from portal.accounts.models import Account
from portal.bulletins.models import AgencyPost
from tests import factories
from tests.helpers import Town
from tests.people import Cast


@pytest.fixture
def tip(town: Town, cast: Cast) -> AgencyPost:
    """A tip of the police."""
    return factories.agency_post(town, cast.officer, "maple-police")


@pytest.fixture
def event(town: Town, cast: Cast) -> AgencyPost:
    """An event of the fire department, in three days."""
    at = town.clock.at + timedelta(days=3)
    return factories.agency_post(town, cast.captain, "maple-fire", title="Open house", kind="event", starts_at=at)


@pytest.fixture
def second(town: Town, cast: Cast) -> Account:
    """Another moderator than `cast.mod`."""
    return factories.moderator(town, "second@maple.example", "Theo Lang")


@pytest.fixture
def third(town: Town, cast: Cast) -> Account:
    return factories.moderator(town, "third@maple.example", "Uma Reyes")
