"""Under which posts one may write, and whose comment this is. "Not yours" and "not there" are the same answer."""

import uuid

from portal.bulletins import access as bulletin_access
from portal.bulletins import queries as bulletins
from portal.bulletins.queries import Published
from portal.db import Act, NotFound
from portal.responses import queries
from portal.responses.models import AgencyComment


def post(act: Act, slug: str, post_id: uuid.UUID) -> Published:
    """A post that was ever public. What residents wrote under it stays readable, also when its agency has withdrawn
    it: else that would be a way to make their words disappear."""
    found = bulletins.post(act, post_id)
    if found is None or found.agency.slug != slug or found.post.published_seq is None:
        raise NotFound
    return found


def open_post(act: Act, slug: str, post_id: uuid.UUID) -> Published:
    """A post that everybody can read now, to which the asker can answer: any resident, or who speaks for its agency."""
    found = bulletin_access.public_post(act, slug, post_id)
    if not (act.actor.kind == "resident" or bulletin_access.is_own(act, found)):
        raise NotFound
    return found


def residents_post(act: Act, slug: str, post_id: uuid.UUID, kind: str) -> Published:
    """A tip or an event that a resident may say something about with one button."""
    found = open_post(act, slug, post_id)
    if found.post.kind != kind or act.actor.kind != "resident":
        raise NotFound
    return found


def comment(act: Act, comment_id: uuid.UUID) -> AgencyComment:
    """A comment or an answer that everybody can read."""
    found = act.session.get(AgencyComment, comment_id)
    if found is None or found.state != "visible":
        raise NotFound
    return found


def own_comment(act: Act, comment_id: uuid.UUID, state: str) -> AgencyComment:
    """A resident's own comment, in this state."""
    found = act.session.get(AgencyComment, comment_id)
    if found is None or act.actor.kind != "resident" or found.author_id != act.actor.id or found.state != state:
        raise NotFound
    return found


def own_answer(act: Act, comment_id: uuid.UUID) -> AgencyComment:
    """An answer of the agency that the asker speaks for, visible or held."""
    found = act.session.get(AgencyComment, comment_id)
    if found is None or found.agency_id is None or act.actor.kind != "agency":
        raise NotFound
    if found.agency_id != act.actor.agency_id or found.state not in ("visible", "held"):
        raise NotFound
    return found


def past_answer(act: Act, comment_id: uuid.UUID) -> queries.Said:
    """An answer of an agency that stands, with words that it had before."""
    found = queries.said(act, comment_id)
    if found is None or found.comment.agency_id is None or found.comment.state != "visible":
        raise NotFound
    if found.comment.edited_at is None:
        raise NotFound
    return found
