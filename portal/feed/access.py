"""Which posts and comments somebody may see or change. "Not yours" and "not there" are the same answer."""

import uuid

from portal.db import Act, NotFound
from portal.feed import queries
from portal.feed.models import Comment, Post


def post(act: Act, post_id: uuid.UUID) -> tuple[Post, str]:
    found = queries.post(act, post_id)
    if found is None:
        raise NotFound
    return found


def own_post(act: Act, post_id: uuid.UUID) -> Post:
    found, _author = post(act, post_id)
    if found.author_id != act.actor.id:
        raise NotFound
    return found


def editable_post(act: Act, post_id: uuid.UUID) -> Post:
    """One's own post, unless its files are being prepared: then it can be deleted, and changed in a moment."""
    found = own_post(act, post_id)
    if found.state == "preparing":
        raise NotFound
    return found


def open_post(act: Act, post_id: uuid.UUID) -> Post:
    """A post that a resident may comment on or report."""
    found, _author = post(act, post_id)
    if found.state != "visible" or act.actor.kind != "resident":
        raise NotFound
    return found


def comment(act: Act, comment_id: uuid.UUID) -> Comment:
    found = queries.comment(act, comment_id)
    if found is None or found.state != "visible" or act.actor.kind != "resident":
        raise NotFound
    return found


def own_comment(act: Act, comment_id: uuid.UUID) -> Comment:
    found = comment(act, comment_id)
    if found.author_id != act.actor.id:
        raise NotFound
    return found
