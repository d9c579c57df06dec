"""Placing homes, streets and neighbourhoods."""

import uuid
from collections.abc import Sequence

from sqlalchemy import delete, insert

from portal.accounts import queries as accounts
from portal.accounts import service as account_service
from portal.audit.service import record
from portal.db import Act, NotFound, Refusal, new_id
from portal.neighbourhoods import queries, rules
from portal.neighbourhoods.models import Home, HomeReport, Neighbourhood, NeighbourhoodCell, ReadingRadius, Street
from portal.neighbourhoods.shapes import MOST_NAME, MOST_SHAPES, Shape
from portal.neighbourhoods.townfile import TownFile


def add_street(
    act: Act, name: str, latitude: float, longitude: float, lines: Sequence[list[list[float]]] = ()
) -> Street:
    """A street by its name, the middle of its line (degrees, WGS 84), and its lines for the map."""
    street = Street(id=new_id(), name=name, cell9=rules.cell(latitude, longitude), lines=list(lines))
    act.session.add(street)
    record(act, "street.added", street)
    return street


def place_home(act: Act, household_id: uuid.UUID, street: Street, latitude: float, longitude: float) -> Home:
    """Where a household lives (degrees, WGS 84). Placing it anew replaces the earlier point.

    What an operator does is public, and how often: whoever moves a home reads another neighbourhood.
    """
    moved = queries.home(act, household_id) is not None
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
    record(act, "home.moved" if moved else "home.placed", public_facts={} if act.actor.kind == "operator" else None)
    return home


def place_home_by_hand(
    act: Act, household_id: uuid.UUID, street_id: uuid.UUID, latitude: float, longitude: float
) -> Home:
    """The operator puts a household's home on the map, which also answers its people when they said it was wrong.

    Raises NotFound; Refusal: street-unknown, home-not-on-earth, far-from-street.
    """
    if not queries.placements(act, household_id):
        raise NotFound
    street = queries.street(act, street_id)
    if street is None:
        raise Refusal("street-unknown", "street")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Refusal("home-not-on-earth", "latitude")
    if rules.distance_km(rules.cell(latitude, longitude), street.cell9) > rules.MOST_STREET_KM:
        raise Refusal("far-from-street", "latitude")
    report = queries.open_report(act, household_id)
    if report is not None:
        report.closed_at = act.now
    return place_home(act, household_id, street, latitude, longitude)


def report_home(act: Act, words: str) -> HomeReport:
    """A resident says that their home stands in the wrong place; a household's later words replace its earlier ones.

    They cannot move it themselves: whoever could, could read any neighbourhood.
    """
    if act.actor.household_id is None:
        raise NotFound
    report = queries.open_report(act, act.actor.household_id)
    if report is None:
        report = HomeReport(id=new_id(), household_id=act.actor.household_id)
        act.session.add(report)
    report.account_id, report.words, report.written_at = act.actor.id, words, act.now
    record(act, "home.reported", report)
    return report


def keep_radius(act: Act, miles: float) -> None:
    """How far the asker wants to read from now on, in miles. Raises Refusal("no-such-radius")."""
    if miles not in rules.MILES:
        raise Refusal("no-such-radius", "miles")
    act.session.merge(ReadingRadius(account_id=act.actor.id, miles=miles))


def draw_neighbourhoods(act: Act, shapes: Sequence[Shape]) -> None:
    """Put neighbourhoods on the map; one whose name is there already gets the new shape.

    Raises Refusal: too-many-shapes (`most`), too-many-cells.
    """
    known = {neighbourhood.name.casefold(): neighbourhood for neighbourhood in queries.neighbourhoods(act)}
    for shape in shapes:
        neighbourhood = known.get(shape.name.casefold())
        if neighbourhood is None:
            neighbourhood = Neighbourhood(id=new_id(), name=shape.name)
            known[shape.name.casefold()] = neighbourhood
            act.session.add(neighbourhood)
        neighbourhood.shape = shape.polygons
        record(act, "neighbourhood.drawn", neighbourhood, {"name": shape.name})
    if len(known) > MOST_SHAPES:
        raise Refusal("too-many-shapes", "shapes", most=MOST_SHAPES)
    act.session.flush()
    _share_cells(act)


def rename_neighbourhood(act: Act, neighbourhood_id: uuid.UUID, name: str) -> Neighbourhood:
    """Posts keep the name that they were written under.

    Raises NotFound; Refusal: name-missing, name-long, name-taken."""
    neighbourhood = queries.neighbourhood(act, neighbourhood_id)
    if neighbourhood is None:
        raise NotFound
    name = " ".join(name.split())
    if not name:
        raise Refusal("name-missing", "name")
    if len(name) > MOST_NAME:
        raise Refusal("name-long", "name", most=MOST_NAME)
    others = (other for other in queries.neighbourhoods(act) if other.id != neighbourhood.id)
    if any(other.name.casefold() == name.casefold() for other in others):
        raise Refusal("name-taken", "name")
    record(act, "neighbourhood.renamed", neighbourhood, {"was": neighbourhood.name, "name": name})
    neighbourhood.name = name
    return neighbourhood


def remove_neighbourhood(act: Act, neighbourhood_id: uuid.UUID) -> str:
    """Returns its name. Raises NotFound."""
    neighbourhood = queries.neighbourhood(act, neighbourhood_id)
    if neighbourhood is None:
        raise NotFound
    record(act, "neighbourhood.removed", neighbourhood, {"name": neighbourhood.name})
    act.session.execute(delete(NeighbourhoodCell))
    act.session.delete(neighbourhood)
    act.session.flush()
    _share_cells(act)
    return neighbourhood.name


def _share_cells(act: Act) -> None:
    """Say anew which neighbourhood each cell belongs to."""
    found = rules.areas({row.id: row.shape for row in queries.neighbourhoods(act)})
    act.session.execute(delete(NeighbourhoodCell))
    if found:
        rows = [{"cell": cell, "neighbourhood_id": key} for cell, key in found.items()]
        act.session.execute(insert(NeighbourhoodCell), rows)


def import_town(act: Act, file: TownFile) -> dict[str, uuid.UUID]:
    """Put a town file's streets, homes and neighbourhoods on the map, a household for each address. What is there
    already stays and is moved to where the file says. Returns address -> household id.

    Raises Refusal: too-many-shapes, too-many-cells."""
    streets = {street.name: street for street in queries.streets(act)}
    for line in file.streets:
        if line.name in streets:
            streets[line.name].cell9 = rules.cell(line.latitude, line.longitude)
            streets[line.name].lines = line.lines
        else:
            streets[line.name] = add_street(act, line.name, line.latitude, line.longitude, line.lines)
    act.session.flush()
    households = {household.address: household.id for household, _residents, _invitations in accounts.households(act)}
    for home in file.homes:
        if home.address not in households:
            households[home.address] = account_service.add_household(act, home.address).id
    act.session.flush()
    for home in file.homes:
        place_home(act, households[home.address], streets[home.street], home.latitude, home.longitude)
    if file.neighbourhoods:
        draw_neighbourhoods(act, file.neighbourhoods)
    record(act, "town.imported", public_facts={"streets": len(file.streets), "homes": len(file.homes)})
    return {home.address: households[home.address] for home in file.homes}
