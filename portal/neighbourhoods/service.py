"""Placing homes and streets."""

import uuid

from portal.audit.service import record
from portal.db import Act, new_id
from portal.neighbourhoods import rules
from portal.neighbourhoods.models import Home, Street


def add_street(act: Act, name: str, latitude: float, longitude: float) -> Street:
    """A street by its name and the middle of its line (degrees, WGS 84)."""
    street = Street(id=new_id(), name=name, cell9=rules.cell(latitude, longitude))
    act.session.add(street)
    record(act, "street.added", street)
    return street


def place_home(act: Act, household_id: uuid.UUID, street: Street, latitude: float, longitude: float) -> Home:
    """Where a household lives (degrees, WGS 84). Placing it anew replaces the earlier point."""
    cell9, cell8, cell7 = rules.parents(rules.cell(latitude, longitude))
    home = act.session.merge(
        Home(
            household_id=household_id,
            street_id=street.id,
            latitude=latitude,
            longitude=longitude,
            cell9=cell9,
            cell8=cell8,
            cell7=cell7,
        )
    )
    record(act, "home.placed")
    return home
