"""Reading the feed. `visible_to` is the one gate: every post that anybody is shown comes through it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select
from sqlalchemy.orm import selectinload

from portal.accounts.models import Account
from portal.agencies import queries as agencies
from portal.agencies.queries import Published
from portal.db import Act, Actor
from portal.feed import rules
from portal.feed.models import Comment, Media, Post, Rendition
from portal.neighbourhoods import rules as places

VISIBLE_KINDS = ("resident", "agency", "moderator", "operator", "legal", "auditor", "visitor")


def visible_to(viewer: Actor, *, under_review: ColumnElement[bool] | None = None) -> Select[tuple[Post]]:
    """All posts that `viewer` may see.

    A neighbours' post is for residents whose home is in reach of its place, and for its author. Moderators see what
    was reported (`under_review` says which posts those are) and nothing else of neighbours. No one else ever does.
    """
    public = and_(Post.state == "visible", Post.audience == "everyone")
    if viewer.kind == "resident":
        reach = false()
        if viewer.home_cell is not None:
            _resolution, cells = places.reach(viewer.home_cell, places.NEIGHBOUR_MILES)
            reach = and_(Post.state == "visible", Post.cell7.in_(sorted(cells)))
        own = and_(Post.author_id == viewer.id, Post.state != "deleted")
        return select(Post).where(or_(public, reach, own))
    if viewer.kind == "moderator" and under_review is not None:
        return select(Post).where(or_(public, under_review))
    return select(Post).where(public) if viewer.kind in VISIBLE_KINDS else select(Post).where(false())


@dataclass(frozen=True)
class Card:
    """One entry of the feed: a neighbour's post with its author's name, or an agency's."""

    seq: int
    post: Post | None = None
    author: str = ""
    agency: Published | None = None


def _with_media(query: Select[Any]) -> Select[Any]:
    return query.options(selectinload(Post.media).selectinload(Media.renditions))


def newest(act: Act, limit: int, miles: float, category: str | None = None, before: int | None = None) -> list[Card]:
    """The newest entries for the asker, in `published_seq` order, older than `before`.

    `miles` is the reader's wish for residents' posts near home. Agencies' posts are those for the home's area;
    who has no home here reads all of them.
    """
    query = visible_to(act.actor).where(Post.published_seq.is_not(None), Post.state == "visible")
    if act.actor.home_cell is not None:
        resolution, cells = places.reach(act.actor.home_cell, miles)
        column = {9: Post.cell9, 8: Post.cell8, 7: Post.cell7}[resolution]
        query = query.where(column.in_(sorted(cells)))
    if category is not None:
        query = query.where(Post.category == category)
    if before is not None:
        query = query.where(Post.published_seq < before)
    query = query.join(Account, Account.id == Post.author_id).add_columns(Account.name)
    query = _with_media(query).order_by(Post.published_seq.desc()).limit(limit)
    cards = [Card(row[0].published_seq, row[0], row[1]) for row in act.session.execute(query)]
    if category is None:
        home = act.actor.home_cell
        cell7 = places.parents(home)[2] if home else None
        cards += [
            Card(published.post.published_seq or 0, agency=published)
            for published in agencies.public_posts(act, limit, before, cell7=cell7)
        ]
    return sorted(cards, key=lambda card: -card.seq)[:limit]


def arrived_since(act: Act, after: int, miles: float, category: str | None, most: int = 100) -> int:
    """How many entries of the asker's feed became visible after number `after`, counted up to `most`."""
    return sum(card.seq > after for card in newest(act, most, miles, category))


def newest_number(act: Act, miles: float) -> int:
    cards = newest(act, 1, miles)
    return cards[0].seq if cards else 0


def post(act: Act, post_id: uuid.UUID, under_review: ColumnElement[bool] | None = None) -> tuple[Post, str] | None:
    """A post that the asker may see, with its author's name."""
    query = _with_media(visible_to(act.actor, under_review=under_review)).where(Post.id == post_id)
    row = act.session.execute(query.join(Account, Account.id == Post.author_id).add_columns(Account.name)).one_or_none()
    return (row[0], row[1]) if row is not None else None


def rendition(act: Act, rendition_id: uuid.UUID, under_review: ColumnElement[bool] | None = None) -> Rendition | None:
    """A file of a post that the asker may see."""
    seen = visible_to(act.actor, under_review=under_review).with_only_columns(Post.id)
    query = (
        select(Rendition)
        .join(Media, Media.id == Rendition.media_id)
        .where(Rendition.id == rendition_id, Media.post_id.in_(seen))
    )
    return act.session.scalar(query)


def comments(act: Act, post_id: uuid.UUID) -> Sequence[tuple[Comment, str]]:
    """The comments under a post that was reached through `visible_to`, oldest first, with their authors' names."""
    query = (
        select(Comment, Account.name)
        .join(Account, Account.id == Comment.author_id)
        .where(Comment.post_id == post_id, Comment.state != "deleted")
        .order_by(Comment.id)
    )
    return [(row[0], row[1]) for row in act.session.execute(query)]


def comment(act: Act, comment_id: uuid.UUID, under_review: ColumnElement[bool] | None = None) -> Comment | None:
    """A comment under a post that the asker may see."""
    seen = visible_to(act.actor, under_review=under_review).with_only_columns(Post.id)
    return act.session.scalar(select(Comment).where(Comment.id == comment_id, Comment.post_id.in_(seen)))


def own_unfinished(act: Act) -> Sequence[Post]:
    """The asker's posts that are being prepared, or wait for a decision of theirs."""
    query = visible_to(act.actor).where(
        Post.author_id == act.actor.id, Post.state.in_(("preparing", "attention", "removed"))
    )
    return act.session.scalars(query.order_by(Post.written_at.desc()).limit(5)).all()


def media_states(act: Act, post_id: uuid.UUID) -> list[str]:
    return list(act.session.scalars(select(Media.state).where(Media.post_id == post_id)))


def known_names(act: Act, names: Sequence[str]) -> set[str]:
    """Those of these file names that a row stands for: encoded files and raw uploads."""
    encoded = act.session.scalars(select(Rendition.name).where(Rendition.name.in_(names)))
    raw = act.session.scalars(select(Media.source).where(Media.source.in_(names)))
    return set(encoded) | {name for name in raw if name is not None}


def files_of_gone_posts(act: Act, limit: int) -> tuple[list[uuid.UUID], list[str]]:
    """(media ids, file names) of posts deleted or removed before the undo window."""
    until = act.now - timedelta(hours=rules.UNDO_HOURS)
    gone = exists().where(Post.id == Media.post_id, Post.state.in_(("deleted", "removed")), Post.ended_at < until)
    media = list(act.session.scalars(select(Media.id).where(gone).limit(limit)))
    names = list(act.session.scalars(select(Rendition.name).where(Rendition.media_id.in_(media))))
    names += [name for name in act.session.scalars(select(Media.source).where(Media.id.in_(media))) if name is not None]
    return media, names
