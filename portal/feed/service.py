"""Posting, commenting, and what happens to a post while its files are prepared."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update

from portal.audit.service import record
from portal.db import Act, NotFound, Refusal, new_id, next_number
from portal.feed import access, queries, rules
from portal.feed.models import Comment, Media, Post, Rendition
from portal.jobs import renew
from portal.neighbourhoods import queries as places
from portal.neighbourhoods import rules as cells


@dataclass(frozen=True)
class Upload:
    """A raw file that is in the store already. `original` is the name that its author's device gave it."""

    name: str
    kind: str
    original: str
    from_camera: bool
    alt: str = ""


def publish(act: Act, category: str, body: str, street_id: uuid.UUID, audience: str, uploads: Sequence[Upload]) -> Post:
    """A new post. Without files it is visible at once; with files once all of them are prepared.

    Raises Refusal: guidelines, footage-everyone, too-many-files, street-unknown.
    """
    access.knows_guidelines(act)
    rules.check_files(len(uploads))
    audience = rules.audience(
        audience,
        holds_video=any(upload.kind == "video" for upload in uploads),
        from_camera=any(upload.from_camera for upload in uploads),
    )
    street = places.street(act, street_id)
    if street is None:
        raise Refusal("street-unknown", "street")
    cell9, cell8, cell7 = cells.parents(street.cell9)
    post = Post(
        id=new_id(),
        author_id=act.actor.id,
        category=category,
        body=body,
        place=street.name,
        shown_cell=places.shown_cell(act, street.cell9),
        cell9=cell9,
        cell8=cell8,
        cell7=cell7,
        audience=audience,
        state="preparing",
        written_at=act.now,
    )
    act.session.add(post)
    act.session.flush()
    for position, upload in enumerate(uploads):
        act.session.add(
            Media(
                id=new_id(),
                post_id=post.id,
                position=position,
                kind=upload.kind,
                from_camera=upload.from_camera,
                alt=upload.alt,
                source=upload.name,
                original=upload.original[:200],
                state="waiting",
                lease_until=act.now,
            )
        )
    record(act, "post.written", post)
    if not uploads:
        _make_visible(act, post)
    return post


def _make_visible(act: Act, post: Post) -> None:
    number = next_number(act.session, "published")
    post.state, post.problem, post.published_at, post.published_seq = "visible", None, act.now, number
    record(act, "post.published", post)


def note_progress(act: Act, media_id: uuid.UUID, attempt: int, percent: int, lease: timedelta) -> bool:
    """Write down how far a file is, and go on holding its job. False when another worker has taken it."""
    if not renew(act, Media, media_id, attempt, lease):
        return False
    act.session.execute(update(Media).where(Media.id == media_id).values(progress=percent))
    return True


@dataclass(frozen=True)
class Prepared:
    """An encoded file that is in the store already."""

    kind: str
    name: str
    mime: str
    width: int
    height: int
    size: int


def media_prepared(
    act: Act,
    media_id: uuid.UUID,
    attempt: int,
    width: int,
    height: int,
    seconds: float | None,
    files: Sequence[Prepared],
) -> str | None:
    """End a file's job with what was made of it. Returns the raw upload's name, to be erased after the commit;
    None when another worker has ended it: then the caller's own files are to go."""
    media = act.session.get(Media, media_id)
    if media is None or media.state != "working" or media.attempts != attempt:
        return None
    source, media.source = media.source, None
    media.state, media.progress, media.lease_until = "done", 100, act.now
    media.width, media.height, media.seconds = width, height, seconds
    act.session.add_all(
        Rendition(
            media_id=media_id,
            kind=file.kind,
            name=file.name,
            mime=file.mime,
            width=file.width,
            height=file.height,
            size=file.size,
        )
        for file in files
    )
    act.session.flush()
    _go_on(act, media.post_id)
    return source


def media_refused(act: Act, media_id: uuid.UUID, code: str, params: dict[str, Any]) -> str | None:
    """A file that cannot be shown: its row goes, and its post waits for its author, who is told why.
    Returns the raw upload's name, to be erased."""
    media = act.session.get(Media, media_id)
    if media is None or media.state == "done":
        return None
    post = act.session.get_one(Post, media.post_id)
    post.problem = {"code": code, "params": params, "original": media.original}
    source = media.source
    act.session.delete(media)
    act.session.flush()
    _go_on(act, post.id)
    return source


def _go_on(act: Act, post_id: uuid.UUID) -> None:
    post = act.session.get_one(Post, post_id)
    if post.state != "preparing":
        return
    state = rules.after_media(queries.media_states(act, post_id), post.problem is not None)
    if state == "visible":
        _make_visible(act, post)
    else:
        post.state = state


def publish_without(act: Act, post_id: uuid.UUID) -> Post:
    """The author's answer to a refused file: publish the rest."""
    post = access.own_post(act, post_id)
    if post.state != "attention":
        raise NotFound
    _make_visible(act, post)
    return post


def delete_post(act: Act, post_id: uuid.UUID) -> None:
    """Gone at once for everybody; the author can take that back for a day, then its files are erased."""
    post = access.own_post(act, post_id)
    if post.state == "removed":
        raise NotFound
    post.state, post.ended_at = "deleted", act.now
    record(act, "post.deleted", post)


def put_back(act: Act, post_id: uuid.UUID) -> Post:
    """Undo a deletion, within the undo window. Raises NotFound."""
    post = act.session.get(Post, post_id)
    since = act.now - timedelta(hours=rules.UNDO_HOURS)
    if post is None or post.author_id != act.actor.id or post.state != "deleted" or (post.ended_at or since) <= since:
        raise NotFound
    post.state, post.ended_at = ("visible" if post.published_seq else "preparing"), None
    if post.published_seq is None:
        _go_on(act, post.id)
    record(act, "post.put-back", post)
    return post


def release(act: Act, post: Post) -> None:
    """A moderator found nothing in a held or hidden post that breaks a rule: it becomes visible (again)."""
    post.findings = []
    if post.published_seq is None:
        _make_visible(act, post)
    else:
        post.state = "visible"
    record(act, "post.released", post, {"category": post.category})


def hide(act: Act, post: Post) -> None:
    """Take a visible post out of sight until a moderator has looked at it: several neighbours reported it."""
    post.state = "hidden"
    record(act, "post.hidden", post, {"category": post.category})


def remove_post(act: Act, post: Post, rule: str) -> None:
    """A moderator's removal, which cites a rule (R6)."""
    post.state, post.ended_at, post.ended_rule = "removed", act.now, rule
    record(act, "post.removed", post, {"rule": rule, "category": post.category})


def comment(act: Act, post_id: uuid.UUID, body: str) -> Comment:
    """Raises Refusal("guidelines"), NotFound."""
    post = access.open_post(act, post_id)
    access.knows_guidelines(act)
    written = Comment(
        id=new_id(), post_id=post.id, author_id=act.actor.id, body=body, state="visible", written_at=act.now
    )
    act.session.add(written)
    act.session.execute(update(Post).where(Post.id == post.id).values(comment_count=Post.comment_count + 1))
    record(act, "comment.written", written)
    return written


def delete_comment(act: Act, comment_id: uuid.UUID) -> Comment:
    written = access.own_comment(act, comment_id)
    _end_comment(act, written, "deleted")
    record(act, "comment.deleted", written)
    return written


def remove_comment(act: Act, written: Comment, rule: str) -> None:
    """A moderator's removal, which cites a rule (R6)."""
    _end_comment(act, written, "removed")
    record(act, "comment.removed", written, {"rule": rule})


def _end_comment(act: Act, written: Comment, state: str) -> None:
    written.state = state
    act.session.execute(update(Post).where(Post.id == written.post_id).values(comment_count=Post.comment_count - 1))


def erase_gone(act: Act) -> list[str]:
    """Forget the files of posts that were deleted or removed before the undo window; returns their names."""
    media, names = queries.files_of_gone_posts(act, 200)
    act.session.execute(delete(Rendition).where(Rendition.media_id.in_(media)))
    act.session.execute(delete(Media).where(Media.id.in_(media)))
    return names
