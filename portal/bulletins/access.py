"""Which of an agency's posts somebody may see."""

import uuid

from portal.bulletins import queries
from portal.bulletins.queries import Published
from portal.db import Act, NotFound


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
