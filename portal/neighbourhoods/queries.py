"""Homes by cell, streets by name."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select

from portal.db import Act
from portal.neighbourhoods import rules
from portal.neighbourhoods.models import Home, Street


def home(act: Act, household_id: uuid.UUID) -> Home | None:
    return act.session.get(Home, household_id)


def home_cell(act: Act, household_id: uuid.UUID) -> str | None:
    return act.session.scalar(select(Home.cell9).where(Home.household_id == household_id))


def streets(act: Act) -> Sequence[Street]:
    return act.session.scalars(select(Street).order_by(Street.name)).all()


def street(act: Act, street_id: uuid.UUID) -> Street | None:
    return act.session.get(Street, street_id)


def home_street(act: Act, household_id: uuid.UUID) -> Street | None:
    query = select(Street).join(Home, Home.street_id == Street.id).where(Home.household_id == household_id)
    return act.session.scalar(query)


def shown_cell(act: Act, cell9: str) -> str:
    """The smallest cell around `cell9` that holds at least LEAST_HOMES homes; at most the one at resolution 7."""
    for column, cell in zip((Home.cell9, Home.cell8), rules.parents(cell9), strict=False):
        if act.session.scalar(select(func.count()).where(column == cell)) >= rules.LEAST_HOMES:
            return cell
    return rules.parents(cell9)[2]


def homes_in_reach(act: Act, cell9: str) -> int:
    """How many homes may read a `neighbours` post placed in this cell."""
    _resolution, cells = rules.reach(cell9, rules.NEIGHBOUR_MILES)
    return act.session.scalar(select(func.count()).where(Home.cell7.in_(cells))) or 0


def town_cells(act: Act) -> set[str]:
    """The cells (resolution 7) in which anybody lives or a street lies."""
    homes = set(act.session.scalars(select(Home.cell7).distinct()))
    return homes | {rules.parents(cell9)[2] for cell9 in act.session.scalars(select(Street.cell9))}
