"""Posting, commenting, and what happens to a post while its files are prepared."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, inspect, update

from portal.accounts import access as account_access
from portal.audit.service import record
from portal.db import Act, Base, NotFound, new_id, next_number
from portal.feed import access, queries, rules
from portal.feed.models import (
    Comment,
    CommentThanks,
    HiddenPost,
    Media,
    Mute,
    Post,
    PostRevision,
    PostThanks,
    Rendition,
    SavedPost,
)
from portal.jobs import renew
from portal.neighbourhoods import access as places
from portal.neighbourhoods import queries as place_queries
from portal.neighbourhoods import rules as cells


@dataclass(frozen=True)
class Upload:
    """A raw file that is in the store already. `original` is the name that its author's device gave it."""

    name: str
    kind: str
    original: str
    from_camera: bool
    alt: str = ""
    keep_sound: bool = False


def publish(
    act: Act,
    category: str,
    body: str,
    street_id: uuid.UUID | None,
    audience: str,
    uploads: Sequence[Upload],
    cell: str = "",
    as_neighbour: bool = False,
) -> Post:
    """A new post on a street, or in a cell (H3) that was chosen on the map. Without files it is visible at once; with
    files once all of them are prepared; when its words break R5, it is held instead. `as_neighbour`: under an alias in
    place of the author's name.

    Raises Refusal: guidelines, footage-everyone, too-many-files, street-unknown, place-unknown.
    """
    account_access.knows_guidelines(act)
    rules.check_files(len(uploads))
    audience = rules.audience(
        audience,
        holds_video=any(upload.kind == "video" for upload in uploads),
        from_camera=any(upload.from_camera for upload in uploads),
    )
    place = places.place(act, street_id, cell)
    cell9, cell8, cell7 = cells.parents(place.cell9)
    post = Post(
        id=new_id(),
        author_id=act.actor.id,
        category=category,
        body=body,
        place=place.place,
        near=place.near,
        area=place.area,
        shown_cell=place.shown_cell,
        cell9=cell9,
        cell8=cell8,
        cell7=cell7,
        audience=audience,
        state="preparing",
        alias=place_queries.alias(act) if as_neighbour else None,
        findings=rules.findings(body, [upload.alt for upload in uploads]),
        written_at=act.now,
    )
    act.session.add(post)
    act.session.flush()
    _add_media(act, post, uploads)
    record(act, "post.written", post)
    _go_on(act, post.id)
    return post


def _add_media(act: Act, post: Post, uploads: Sequence[Upload], after: int = 0) -> None:
    """Files to be prepared, at the positions from `after` on."""
    for position, upload in enumerate(uploads, after):
        act.session.add(
            Media(
                id=new_id(),
                post_id=post.id,
                position=position,
                kind=upload.kind,
                from_camera=upload.from_camera,
                keep_sound=upload.keep_sound,
                alt=upload.alt,
                source=upload.name,
                original=upload.original[:200],
                state="waiting",
                lease_until=act.now,
            )
        )


def _make_visible(act: Act, post: Post) -> None:
    """In the feed from now on; a post that was there before keeps its place."""
    if post.published_seq is None:
        post.published_at, post.published_seq = act.now, next_number(act.session, "published")
    post.state, post.problem = "visible", None
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
    media.expires_at = act.now + timedelta(days=rules.MEDIA_DAYS)
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
    _show_anew(act, media.post_id)
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
    state = rules.after_media(queries.media_states(act, post_id), post.problem is not None, bool(post.findings))
    if state == "visible":
        _make_visible(act, post)
    elif state == "held":
        _hold(act, post)
    else:
        post.state = state


def _hold(act: Act, post: Post) -> None:
    """Out of sight until a moderator has read its words, or its author has changed them."""
    post.state, post.problem = "held", None
    record(act, "post.held", post)


def _show_anew(act: Act, post_id: uuid.UUID) -> None:
    """What readers see of a post has changed: no card of it that was kept is shown any more."""
    act.session.execute(update(Post).where(Post.id == post_id).values(revision=Post.revision + 1))


@dataclass(frozen=True)
class Changes:
    """A post as its author wants it. `removed`: files that go; those that are not among them stay, or come back within
    the undo window. `alts`: the descriptions of files that stay."""

    category: str
    body: str
    audience: str
    uploads: Sequence[Upload] = ()
    removed: frozenset[uuid.UUID] = frozenset()
    alts: Mapping[uuid.UUID, str] = field(default_factory=dict)


def edit_post(act: Act, post_id: uuid.UUID, changes: Changes) -> Post:
    """Change one's own post. It keeps its place in the feed; words that were read stay readable as its history.

    What a moderator removed does not come back by itself: edited, it waits for a moderator. So does what breaks R5 now.
    Raises Refusal: guidelines, suspended, audience-widens, footage-everyone, too-many-files.
    """
    post = access.editable_post(act, post_id)
    account_access.knows_guidelines(act)
    files = queries.files(act, post.id)
    kept = [medium for medium in files if medium.id not in changes.removed]
    rules.check_files(len(kept) + len(changes.uploads))
    every = [*kept, *changes.uploads]
    audience = rules.audience(
        rules.narrowed(post.audience, changes.audience),
        holds_video=any(one.kind == "video" for one in every),
        from_camera=any(one.from_camera for one in every),
    )
    new_words = (post.category, post.body) != (changes.category, changes.body)
    if new_words and post.state == "visible":
        act.session.add(PostRevision(post_id=post.id, category=post.category, body=post.body, replaced_at=act.now))
    post.category, post.body, post.audience, post.problem = changes.category, changes.body, audience, None
    post.edited_at = act.now if post.published_seq is not None else None
    act.session.flush()
    for medium in files:
        medium.removed_at = (medium.removed_at or act.now) if medium.id in changes.removed else None
        medium.alt = changes.alts.get(medium.id, medium.alt)
    _add_media(act, post, changes.uploads, after=max((medium.position + 1 for medium in files), default=0))
    alts = [medium.alt for medium in kept] + [upload.alt for upload in changes.uploads]
    post.findings = rules.findings(post.body, alts)
    act.session.flush()
    _show_anew(act, post.id)
    record(act, "post.edited", post)
    if post.state == "removed":
        post.state, post.ended_at = "held", None
    elif post.state in ("attention", "held") and post.ended_rule is None:
        post.state = "preparing"
        _go_on(act, post.id)
    elif post.state == "visible" and post.findings:
        _hold(act, post)
    return post


def resolve_post(act: Act, post_id: uuid.UUID, resolved: bool) -> Post:
    """ "Found!", "solved" – or open again."""
    post = access.own_post(act, post_id)
    if post.state != "visible":
        raise NotFound
    if resolved != (post.resolved_at is not None):
        post.resolved_at = act.now if resolved else None
        _show_anew(act, post.id)
        record(act, "post.resolved" if resolved else "post.reopened", post)
    return post


def renew_media(act: Act, post_id: uuid.UUID) -> None:
    """Keep a post's pictures and videos for another MEDIA_DAYS."""
    post = access.own_post(act, post_id)
    act.session.execute(
        update(Media)
        .where(Media.post_id == post.id, Media.removed_at.is_(None), Media.expires_at > act.now)
        .values(expires_at=act.now + timedelta(days=rules.MEDIA_DAYS))
    )
    record(act, "media.renewed", post)


def publish_without(act: Act, post_id: uuid.UUID) -> Post:
    """The author's answer to a refused file: publish the rest."""
    post = access.own_post(act, post_id)
    if post.state != "attention":
        raise NotFound
    post.state, post.problem = "preparing", None
    _go_on(act, post.id)
    return post


def delete_post(act: Act, post_id: uuid.UUID) -> None:
    """Gone at once for everybody; the author can take that back for a day, then its files are erased.

    Not while a moderator decides; but a post that was held for its words before anybody saw them can go: put back, it
    is held again.
    """
    post = access.own_post(act, post_id)
    own_choice = bool(post.findings) and post.ended_rule is None
    if post.state in ("removed", "hidden") or (post.state == "held" and not own_choice):
        raise NotFound
    post.state, post.ended_at = "deleted", act.now
    record(act, "post.deleted", post)


def put_back(act: Act, post_id: uuid.UUID) -> Post:
    """Undo a deletion, within the undo window. Raises NotFound."""
    post = act.session.get(Post, post_id)
    since = act.now - timedelta(hours=rules.UNDO_HOURS)
    if post is None or post.author_id != act.actor.id or post.state != "deleted" or (post.ended_at or since) <= since:
        raise NotFound
    seen = post.published_seq is not None and not post.findings
    post.state, post.ended_at = ("visible" if seen else "preparing"), None
    _go_on(act, post.id)
    record(act, "post.put-back", post)
    return post


def release(act: Act, post: Post) -> None:
    """A moderator found nothing in a held, hidden or removed post that breaks a rule: it becomes visible (again), with
    the files that are ready by then."""
    post.findings, post.ended_at, post.ended_rule = [], None, None
    if post.published_seq is not None:
        post.state = "visible"
    else:
        post.state = "preparing"
        _go_on(act, post.id)
    record(act, "post.released", post)


def hide(act: Act, post: Post) -> None:
    """Take a visible post out of sight until a moderator has looked at it: several neighbours reported it."""
    post.state = "hidden"
    record(act, "post.hidden", post)


def remove_post(act: Act, post: Post, rule: str) -> None:
    """A moderator's removal, which cites a rule (R6). What is public of it stands in the moderator's own entry, which
    names no post."""
    post.state, post.ended_at, post.ended_rule = "removed", act.now, rule
    record(act, "post.removed", post)


def comment(act: Act, post_id: uuid.UUID, body: str, reply_to: uuid.UUID | None = None) -> Comment:
    """A comment, or a reply: to a comment, also when it is said to a reply. An author under an alias keeps it here.

    Raises Refusal: guidelines, suspended, wording. Raises NotFound."""
    post = access.open_post(act, post_id)
    account_access.knows_guidelines(act)
    rules.check_comment(body)
    to = access.comment(act, reply_to) if reply_to is not None else None
    if to is not None and to.post_id != post.id:
        raise NotFound
    written = Comment(
        id=new_id(),
        post_id=post.id,
        author_id=act.actor.id,
        reply_to=(to.reply_to or to.id) if to is not None else None,
        alias=post.alias if post.author_id == act.actor.id else None,
        body=body,
        state="visible",
        written_at=act.now,
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


def remove_comment(act: Act, written: Comment) -> None:
    """A moderator's removal; the rule that it cites (R6) stands in the moderator's entry."""
    _end_comment(act, written, "removed")
    record(act, "comment.removed", written)


def hide_comment(act: Act, written: Comment) -> None:
    """Take a comment out of sight until a moderator has looked at it: several neighbours reported it."""
    _end_comment(act, written, "hidden")
    record(act, "comment.hidden", written)


def release_comment(act: Act, written: Comment) -> None:
    """A moderator found nothing in a hidden or removed comment that breaks a rule: it is back."""
    written.state = "visible"
    _count_comments(act, written.post_id, 1)
    record(act, "comment.released", written)


def _end_comment(act: Act, written: Comment, state: str) -> None:
    """Deleted, hidden or removed: it counts no more. What was out of sight before is counted off already."""
    if written.state == "visible":
        _count_comments(act, written.post_id, -1)
    written.state = state


def _count_comments(act: Act, post_id: uuid.UUID, by: int) -> None:
    act.session.execute(update(Post).where(Post.id == post_id).values(comment_count=Post.comment_count + by))


def thank_for_post(act: Act, post_id: uuid.UUID, thanked: bool) -> Post:
    """Thanks for a neighbour's post, or no more. Only their number is kept visible."""
    post = access.open_post(act, post_id)
    if post.author_id == act.actor.id:
        raise NotFound
    post.thanks_count += _switch(act, PostThanks(account_id=act.actor.id, post_id=post.id), thanked)
    return post


def thank_for_comment(act: Act, comment_id: uuid.UUID, thanked: bool) -> Comment:
    written = access.comment(act, comment_id)
    if written.author_id == act.actor.id:
        raise NotFound
    written.thanks_count += _switch(act, CommentThanks(account_id=act.actor.id, comment_id=written.id), thanked)
    return written


def _switch(act: Act, row: Base, on: bool) -> int:
    """Have this row, or have it no more. By how many the rows changed: 1, 0 or -1."""
    present = act.session.get(type(row), inspect(row).mapper.primary_key_from_instance(row))
    if on == (present is not None):
        return 0
    if present is None:
        act.session.add(row)
        return 1
    act.session.delete(present)
    return -1


def save_post(act: Act, post_id: uuid.UUID, saved: bool) -> None:
    """Keep a post to find it again, or no more."""
    post = access.open_post(act, post_id)
    present = act.session.get(SavedPost, (act.actor.id, post.id))
    if saved and present is None:
        number = next_number(act.session, "saved")
        act.session.add(SavedPost(account_id=act.actor.id, post_id=post.id, number=number))
    elif present is not None and not saved:
        act.session.delete(present)


def mute_by_post(act: Act, post_id: uuid.UUID) -> Post:
    """See nothing more that the author of this post writes under their name; of a post under an alias, see nothing more
    of this post. The author does not learn it."""
    post = access.open_post(act, post_id)
    _mute(act, post.author_id, post.alias, post.id)
    return post


def mute_by_comment(act: Act, comment_id: uuid.UUID) -> Comment:
    written = access.comment(act, comment_id)
    _mute(act, written.author_id, written.alias, written.post_id)
    return written


def _mute(act: Act, author_id: uuid.UUID, alias: str | None, post_id: uuid.UUID) -> None:
    if author_id == act.actor.id:
        raise NotFound
    if alias is None:
        act.session.merge(Mute(account_id=act.actor.id, muted_id=author_id, muted_at=act.now))
    else:
        act.session.merge(HiddenPost(account_id=act.actor.id, post_id=post_id, muted_at=act.now))


def unmute(act: Act, model: type[Mute] | type[HiddenPost], what: uuid.UUID) -> None:
    """See them, or it, again. Raises NotFound."""
    present = act.session.get(model, (act.actor.id, what))
    if present is None:
        raise NotFound
    act.session.delete(present)


def erase_gone(act: Act) -> list[str]:
    """Forget files whose time is over, and those of posts that were deleted or removed, or that were taken out of their
    post, before the undo window; returns their names."""
    expired = queries.posts_with_expired_media(act, 200)
    act.session.execute(
        update(Post).where(Post.id.in_(expired)).values(files_gone_at=act.now, revision=Post.revision + 1)
    )
    media, names = queries.gone_files(act, 200)
    if expired:
        record(act, "media.expired", None, {"posts": len(expired)})
    act.session.execute(delete(Rendition).where(Rendition.media_id.in_(media)))
    act.session.execute(delete(Media).where(Media.id.in_(media)))
    return names
