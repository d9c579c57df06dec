"""Homes by cell, streets by name, neighbourhoods, and what is shown of a place."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Uuid, and_, bindparam, func, select

from portal.accounts.models import Household
from portal.db import Act
from portal.neighbourhoods import rules
from portal.neighbourhoods.models import Home, HomeReport, Neighbourhood, NeighbourhoodCell, Street


def home(act: Act, household_id: uuid.UUID) -> Home | None:
    return act.session.get(Home, household_id)


# Asked at every request, or at every look at the feed: made once.
_HOME_CELL = select(Home.cell9).where(Home.household_id == bindparam("household_id", type_=Uuid()))
_HOME_STREET = (
    select(Street)
    .join(Home, Home.street_id == Street.id)
    .where(Home.household_id == bindparam("household_id", type_=Uuid()))
)


def home_cell(act: Act, household_id: uuid.UUID) -> str | None:
    return act.session.connection().scalar(_HOME_CELL, {"household_id": household_id})


def streets(act: Act) -> Sequence[Street]:
    return act.session.scalars(select(Street).order_by(Street.name)).all()


def street(act: Act, street_id: uuid.UUID) -> Street | None:
    return act.session.get(Street, street_id)


def home_street(act: Act, household_id: uuid.UUID) -> Street | None:
    return act.session.scalar(_HOME_STREET, {"household_id": household_id})


def shown_cell(act: Act, cell9: str) -> str:
    """The smallest cell around `cell9` that holds at least LEAST_HOMES homes; at most the one at resolution 7.

    A cell with so many is shown itself, so a larger one means that the place is in none of those: its homes count only
    outside of them.
    """
    _cell9, cell8, cell7 = rules.parents(cell9)
    query = select(Home.cell9, func.count()).where(Home.cell8 == cell8).group_by(Home.cell9)
    homes = {cell: count for cell, count in act.session.execute(query)}
    if homes.get(cell9, 0) >= rules.LEAST_HOMES:
        return cell9
    fewer = sum(count for count in homes.values() if count < rules.LEAST_HOMES)
    return cell8 if fewer >= rules.LEAST_HOMES else cell7


def homes_in_reach(act: Act, cell9: str) -> int:
    """How many homes may read a `neighbours` post placed in this cell."""
    _resolution, cells = rules.reach(cell9, rules.NEIGHBOUR_MILES)
    return act.session.scalar(select(func.count()).where(Home.cell7.in_(cells))) or 0


def town_cells(act: Act) -> set[str]:
    """The cells (resolution 7) in which anybody lives or a street lies."""
    homes = set(act.session.scalars(select(Home.cell7).distinct()))
    return homes | {rules.parents(cell9)[2] for cell9 in act.session.scalars(select(Street.cell9))}


def street_cells(act: Act) -> set[str]:
    """The cells (resolution 9) along the town's streets: where a post can be placed. They tell of no home."""
    return {cell for street in streets(act) for cell in rules.along(_lines(street))}


def _lines(street: Street) -> list[list[list[float]]]:
    """A street's lines; the middle of its cell for a street that nobody drew."""
    latitude, longitude = rules.middle_of(street.cell9)
    return street.lines or [[[longitude, latitude]] * 2]


@dataclass(frozen=True)
class Place:
    """Where a post is. `cell9` decides who is in reach of it; all that anybody is shown are the others: the cell that
    holds at least ten homes, the name of a street (`near`: of the one nearest to that cell) and the neighbourhood's,
    empty where there is none."""

    cell9: str
    shown_cell: str
    place: str
    near: bool
    area: str


def street_place(act: Act, street: Street) -> Place:
    """A place that names a street. Where streets are is public, so the name stands for the street's own cell."""
    return Place(street.cell9, shown_cell(act, street.cell9), street.name, near=False, area=area_of(act, street.cell9))


def map_place(act: Act, cell9: str) -> Place | None:
    """A place chosen on the map: its words come from the shown cell alone. None away from the town's streets."""
    if cell9 not in street_cells(act):
        return None
    shown = shown_cell(act, cell9)
    nearest = min(streets(act), key=lambda street: (rules.away(_lines(street), shown), street.name))
    return Place(cell9, shown, nearest.name, near=True, area=area_of(act, shown))


def area_of(act: Act, cell: str) -> str:
    """The name of the neighbourhood that a cell belongs to; empty when to none."""
    query = select(Neighbourhood.name).join(NeighbourhoodCell).where(NeighbourhoodCell.cell == cell)
    return act.session.scalar(query) or ""


def neighbourhoods(act: Act) -> Sequence[Neighbourhood]:
    return act.session.scalars(select(Neighbourhood).order_by(Neighbourhood.name)).all()


def neighbourhood(act: Act, neighbourhood_id: uuid.UUID) -> Neighbourhood | None:
    return act.session.get(Neighbourhood, neighbourhood_id)


@dataclass(frozen=True)
class Placement:
    """What the operator sees of a household's home: never the point. `report` are its people's words, when they say
    that it stands wrong."""

    household_id: uuid.UUID
    address: str
    street: str | None
    report: str | None


def placements(act: Act, household_id: uuid.UUID | None = None) -> list[Placement]:
    """Every household (or that one): those that say something is wrong first, then those without a place."""
    query = (
        select(Household.id, Household.address, Street.name, HomeReport.words)
        .outerjoin(Home, Home.household_id == Household.id)
        .outerjoin(Street, Street.id == Home.street_id)
        .outerjoin(HomeReport, and_(HomeReport.household_id == Household.id, HomeReport.closed_at.is_(None)))
        .order_by(HomeReport.words.is_(None), Street.name.is_not(None), Household.address)
    )
    if household_id is not None:
        query = query.where(Household.id == household_id)
    return [Placement(*row) for row in act.session.execute(query)]


def open_report(act: Act, household_id: uuid.UUID) -> HomeReport | None:
    query = select(HomeReport).where(HomeReport.household_id == household_id, HomeReport.closed_at.is_(None))
    return act.session.scalar(query)


def alias(act: Act) -> str:
    """What the asker is called after who does not show their name; see `rules.alias`."""
    return rules.alias(_alias_places(act))


def _alias_places(act: Act) -> list[tuple[str, int]]:
    """Places around the asker's home, from near to far, with the homes in each: the street, then the neighbourhood."""
    here = select(Home.street_id, Home.cell9).where(Home.household_id == act.actor.household_id)
    home = act.session.execute(here).one_or_none()
    if home is None:
        return []
    on_street = (
        select(Street.name, func.count())
        .join(Home, Home.street_id == Street.id)
        .where(Street.id == home.street_id)
        .group_by(Street.name)
    )
    own = select(NeighbourhoodCell.neighbourhood_id).where(NeighbourhoodCell.cell == home.cell9).scalar_subquery()
    around = (
        select(Neighbourhood.name, func.count())
        .join(NeighbourhoodCell, NeighbourhoodCell.neighbourhood_id == Neighbourhood.id)
        .join(Home, Home.cell9 == NeighbourhoodCell.cell)
        .where(Neighbourhood.id == own)
        .group_by(Neighbourhood.name)
    )
    return [(row[0], row[1]) for query in (on_street, around) for row in act.session.execute(query)]
