"""GeoJSON (RFC 7946), for maps: where each agency serves, and what it says of which place now."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from shapely import MultiPolygon, Point
from shapely.geometry import mapping

from portal.agencies.models import Agency
from portal.bulletins.queries import Published
from portal.outlets.rules import DECIMALS, Town, line, plain, to_the_second

MEDIA_TYPE = "application/geo+json"


def collection(
    town: Town, agencies: Sequence[Agency], areas: Mapping[UUID, MultiPolygon], posts: Sequence[Published]
) -> bytes:
    """Agencies first, then posts. `kind` says which a feature is."""
    features = [_agency(town, agency, areas.get(agency.id)) for agency in agencies]
    features += [_post(town, found) for found in posts]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def _feature(feature_id: Any, geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "id": str(feature_id), "geometry": geometry, "properties": properties}


def _agency(town: Town, agency: Agency, area: MultiPolygon | None) -> dict[str, Any]:
    """Where an agency serves; a geometry of null when nowhere yet."""
    return _feature(
        agency.id,
        mapping(area) if area is not None else None,
        kind="agency",
        name=line(agency.name),
        agency_kind=agency.kind,
        about=plain(agency.about),
        phone=line(agency.phone) if agency.phone else None,
        email=agency.email,
        url=town.agency(agency.slug),
    )


def _post(town: Town, found: Published) -> dict[str, Any]:
    post, agency = found.post, found.agency
    times = {
        name: to_the_second(at, town.zone).isoformat() if at else None
        for name, at in {
            "published_at": post.published_at,
            "edited_at": post.edited_at,
            "starts_at": post.starts_at,
            "ends_at": post.ends_at,
            "fades_at": post.fades_at,
        }.items()
    }
    return _feature(
        post.id,
        mapping(Point(round(post.lon or 0, DECIMALS), round(post.lat or 0, DECIMALS))),
        kind=post.kind,
        title=line(post.title),
        text=plain(post.body),
        place=line(post.place) if post.place else None,
        agency=line(agency.name),
        agency_kind=agency.kind,
        source=line(post.source) if post.source else None,
        category=post.category,
        urgency=post.urgency,
        severity=post.severity,
        certainty=post.certainty,
        url=town.post(agency.slug, post.id),
        **times,
    )
