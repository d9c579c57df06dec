"""Which agency somebody speaks for."""

from portal.agencies import queries
from portal.agencies.models import Agency
from portal.db import Act, NotFound


def agency(act: Act, slug: str) -> Agency:
    found = queries.by_slug(act, slug)
    if found is None:
        raise NotFound
    return found


def own_agency(act: Act, slug: str) -> Agency:
    """The agency at this address, if the asker speaks for it."""
    found = agency(act, slug)
    if act.actor.kind != "agency" or act.actor.agency_id != found.id:
        raise NotFound
    return found
