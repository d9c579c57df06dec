"""Which of an agency's posts and pictures somebody may see."""

import uuid

from portal.bulletins import queries
from portal.bulletins.models import AgencyPicture
from portal.bulletins.queries import Published
from portal.db import Act, NotFound


def post(act: Act, slug: str, post_id: uuid.UUID) -> Published:
    """A visible post for anyone; a held one for its own agency and for moderators; a scheduled one for its agency."""
    found = queries.post(act, post_id)
    if found is None or found.agency.slug != slug:
        raise NotFound
    own = is_own(act, found)
    state = found.post.state
    may_see = (
        state == "visible"
        or (state == "held" and (own or act.actor.kind == "moderator"))
        or (state == "scheduled" and own)
    )
    if not may_see:
        raise NotFound
    return found


def public_post(act: Act, slug: str, post_id: uuid.UUID) -> Published:
    """A post that everybody can read now."""
    found = queries.post(act, post_id)
    if found is None or found.agency.slug != slug or found.post.state != "visible":
        raise NotFound
    return found


def taken_back(act: Act, slug: str, post_id: uuid.UUID) -> Published:
    """A post that was public until its agency withdrew it, or moderators removed it. Of its words, the title may be
    said."""
    found = queries.post(act, post_id)
    if found is None or found.agency.slug != slug or found.post.withdrawn_at is None:
        raise NotFound
    return found


def is_own(act: Act, found: Published) -> bool:
    """Whether the asker speaks for the agency that wrote it."""
    return act.actor.kind == "agency" and act.actor.agency_id == found.agency.id


def picture(act: Act, slug: str, picture_id: uuid.UUID) -> AgencyPicture:
    """A picture for whoever may see its post, once a moderator has looked at it; before, for its own agency and for
    moderators. One that was refused is for moderators alone, as long as there can be an appeal."""
    row = queries.picture_with_post(act, slug, picture_id)
    if row is None:
        raise NotFound
    picture, state, agency_id = row
    public = picture.decision == "approved" and state == "visible"
    own = act.actor.kind == "agency" and act.actor.agency_id == agency_id and picture.decision != "refused"
    if not (public or own or act.actor.kind == "moderator"):
        raise NotFound
    return picture
