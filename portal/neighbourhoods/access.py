"""Whether a place that somebody names is one of this town's."""

import uuid

from portal.db import Act, Refusal
from portal.neighbourhoods import queries, rules
from portal.neighbourhoods.queries import Place


def place(act: Act, street_id: uuid.UUID | None, cell: str = "") -> Place:
    """The place of a post: a cell that was chosen on the map, else a street.

    A cell is snapped again here: what a browser sends may be finer than it should be, and is never kept.
    Raises Refusal: place-unknown, street-unknown.
    """
    if cell:
        cell9 = rules.snapped(cell)
        found = queries.map_place(act, cell9) if cell9 else None
        if found is None:
            raise Refusal("place-unknown", "street")
        return found
    street = queries.street(act, street_id) if street_id else None
    if street is None:
        raise Refusal("street-unknown", "street")
    return queries.street_place(act, street)
