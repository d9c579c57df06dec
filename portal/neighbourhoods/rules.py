"""Reach and blur, in H3 cells. Distances are between the middles of cells, never between exact points, so that
nobody can find a home by measuring from several places."""

from functools import lru_cache

import h3

HOME_RESOLUTION = 9
MILES = (0.5, 1.0, 2.0, 5.0)  # what a reader may choose; the last is also the limit of `neighbours`
DEFAULT_MILES = 0.5
NEIGHBOUR_MILES = 5.0
LEAST_HOMES = 10  # a shown cell holds at least so many
KM_PER_MILE = 1.609344
_RESOLUTION = {0.5: 9, 1.0: 8, 2.0: 8, 5.0: 7}  # fine enough for the radius, few enough cells


def cell(latitude: float, longitude: float) -> str:
    """The cell of a point given in degrees (WGS 84), at HOME_RESOLUTION."""
    return h3.latlng_to_cell(latitude, longitude, HOME_RESOLUTION)


def parents(cell9: str) -> tuple[str, str, str]:
    """The cell itself and the cells it lies in at resolutions 8 and 7."""
    return cell9, h3.cell_to_parent(cell9, 8), h3.cell_to_parent(cell9, 7)


@lru_cache(maxsize=4096)
def reach(home_cell: str, miles: float) -> tuple[int, frozenset[str]]:
    """The cells whose middle is within `miles` of the middle of the home's own cell, all at one resolution.

    Returns the resolution and the cells; the home's own is always among them. `miles` is one of MILES.
    """
    resolution = _RESOLUTION[miles]
    centre = h3.cell_to_parent(home_cell, resolution) if resolution < HOME_RESOLUTION else home_cell
    middle, limit = h3.cell_to_latlng(centre), miles * KM_PER_MILE
    spacing = h3.average_hexagon_edge_length(resolution, unit="km")  # rings are more than an edge apart
    rings = int(limit / spacing) + 1
    near = (
        other
        for other in h3.grid_disk(centre, rings)
        if h3.great_circle_distance(middle, h3.cell_to_latlng(other), unit="km") <= limit
    )
    return resolution, frozenset(near) | {centre}
