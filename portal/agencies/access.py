"""Which agency somebody speaks for, and which of its posts somebody may see."""

import uuid

from portal.agencies import queries
from portal.agencies.models import Agency
from portal.agencies.queries import Published
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


def post(act: Act, slug: str, post_id: uuid.UUID) -> Published:
    """A visible post for anyone; a held one for its own agency and for moderators."""
    found = queries.post(act, post_id)
    if found is None or found.agency.slug != slug:
        raise NotFound
    own = act.actor.kind == "agency" and act.actor.agency_id == found.agency.id
    may_see = found.post.state == "visible" or (found.post.state == "held" and (own or act.actor.kind == "moderator"))
    if not may_see:
        raise NotFound
    return found
