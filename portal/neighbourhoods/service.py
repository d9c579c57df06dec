"""Placing homes and streets."""

import uuid

from portal.accounts import queries as accounts
from portal.accounts import service as account_service
from portal.audit.service import record
from portal.db import Act, new_id
from portal.neighbourhoods import queries, rules
from portal.neighbourhoods.models import Home, Street
from portal.neighbourhoods.townfile import TownFile


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


def import_town(act: Act, file: TownFile) -> dict[str, uuid.UUID]:
    """Put a town file's streets and homes on the map, a household for each address. What is there already stays and
    is moved to where the file says. Returns address -> household id."""
    streets = {street.name: street for street in queries.streets(act)}
    for line in file.streets:
        if line.name not in streets:
            streets[line.name] = add_street(act, line.name, line.latitude, line.longitude)
    act.session.flush()
    households = {household.address: household.id for household, _residents, _invitations in accounts.households(act)}
    for home in file.homes:
        if home.address not in households:
            households[home.address] = account_service.add_household(act, home.address).id
    act.session.flush()
    for home in file.homes:
        place_home(act, households[home.address], streets[home.street], home.latitude, home.longitude)
    record(act, "town.imported", public_facts={"streets": len(file.streets), "homes": len(file.homes)})
    return {home.address: households[home.address] for home in file.homes}
