"""Reading the feed. `visible_to` is the one gate: every post that anybody is shown comes through it."""

import json
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    case,
    column,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    table,
    type_coerce,
)
from sqlalchemy.orm import aliased, selectinload

from portal.accounts.models import Account
from portal.bulletins import queries as bulletins
from portal.db import Act, Actor
from portal.feed import rules
from portal.feed.models import (
    IS_VISIBLE,
    UNFINISHED,
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
from portal.fulltext import search_expression
from portal.neighbourhoods import rules as places
from portal.neighbourhoods.models import Home, ReadingRadius, Street

MAP_POSTS = 200  # as many of the newest are counted on the map
VISIBLE_KINDS = ("resident", "agency", "moderator", "operator", "legal", "auditor", "visitor")


def visible_to(viewer: Actor, *, under_review: ColumnElement[bool] | None = None) -> Select[tuple[Post]]:
    """All posts that `viewer` may see.

    A neighbours' post is for residents whose home is in reach of its place, and for its author. Moderators see what
    was reported (`under_review` says which posts those are) and nothing else of neighbours. No one else ever does.
    """
    public = and_(Post.state == IS_VISIBLE, Post.audience == "everyone")
    if viewer.kind == "resident":
        reach = false()
        values = _viewer(viewer)
        if viewer.home_cell is not None:
            near = func.json_each(bindparam("viewer_cells", values["viewer_cells"])).table_valued("value")
            reach = and_(Post.state == IS_VISIBLE, Post.cell7.in_(select(near.c.value)))
        own = and_(Post.author_id == bindparam("viewer_id", values["viewer_id"], Uuid()), Post.state != "deleted")
        return select(Post).where(or_(public, reach, own))
    if viewer.kind == "moderator" and under_review is not None:
        return select(Post).where(or_(public, under_review))
    return select(Post).where(public) if viewer.kind in VISIBLE_KINDS else select(Post).where(false())


def _viewer(viewer: Actor) -> dict[str, Any]:
    """The values that `visible_to` binds: who looks, and the cells (resolution 7) of that one's neighbours."""
    cells = _cells(viewer.home_cell, places.NEIGHBOUR_MILES)[1] if viewer.home_cell else ""
    return {"viewer_id": viewer.id, "viewer_cells": cells}


def _with_media(query: Select[Any]) -> Select[Any]:
    return query.options(selectinload(Post.media).selectinload(Media.renditions))


@lru_cache(maxsize=4096)
def _cells(home_cell: str, miles: float) -> tuple[int, str]:
    """The cells that `places.reach` gives, as one value for `json_each`."""
    resolution, cells = places.reach(home_cell, miles)
    return resolution, json.dumps(sorted(cells))


class Card(NamedTuple):
    """One entry of the feed, without its words: what the HTML that is kept of it depends on.

    `author` is the name that is shown: "" for a post under an alias. `of_agency`: an agency's post, and then `depends`
    is what `bulletins.queries.newest` says of it; else the post's state, its revision, which stands for its words,
    files and badges, how many comments and thanks it has, and whether the asker wrote it, thanked for it and saved it.
    """

    seq: int
    hex: str
    published_at: datetime
    author: str
    depends: tuple[Any, ...]
    of_agency: bool = False

    @property
    def id(self) -> uuid.UUID:
        return uuid.UUID(self.hex)


def shown_name(of: Any) -> ColumnElement[str]:
    """The name of the author of `of` (Post or Comment, joined with Account), as far as readers may know it: what is
    written under an alias gives none, to nobody."""
    return case((of.alias.is_(None), Account.name), else_="")


@dataclass(frozen=True)
class Spared:
    """What a reader does not want to see: people's named posts and comments, and single posts under an alias. A wish
    for reading, never a permission."""

    people: frozenset[uuid.UUID] = frozenset()
    posts: frozenset[uuid.UUID] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.people or self.posts)

    def values(self) -> dict[str, str]:
        """For `_not_spared`."""
        return {
            f"spared_{name}": json.dumps([one.hex for one in ids])
            for name, ids in (("people", self.people), ("posts", self.posts))
        }

    def hides(self, author_id: uuid.UUID, alias: str | None, post_id: uuid.UUID) -> bool:
        """Whether a post, or a comment under it, is not to be shown or told to this reader."""
        return post_id in self.posts or (alias is None and author_id in self.people)


def _not_spared(of: Any) -> tuple[ColumnElement[bool], ...]:
    """What a reader did not mute, for a query over `of`: Post, or an alias of it. Needs the values of Spared."""
    people, posts = (
        select(type_coerce(func.json_each(bindparam(f"spared_{name}")).table_valued("value").c.value, Uuid()))
        for name in ("people", "posts")
    )
    return or_(of.alias.is_not(None), of.author_id.not_in(people)), of.id.not_in(posts)


_SPARED = (
    select(Mute.muted_id.label("id"), literal(True).label("person"))
    .where(Mute.account_id == bindparam("reader", type_=Uuid()))
    .union_all(
        select(HiddenPost.post_id, literal(False)).where(HiddenPost.account_id == bindparam("reader", type_=Uuid()))
    )
)


def spared(act: Act, account_id: uuid.UUID | None = None) -> Spared:
    """What the asker, or the account named, muted."""
    found = act.session.connection().execute(_SPARED, {"reader": account_id or act.actor.id}).all()
    return Spared(frozenset(row[0] for row in found if row[1]), frozenset(row[0] for row in found if not row[1]))


@dataclass(frozen=True)
class Reader:
    """What the feed has to know of a resident who reads it: how far they want to look (miles), the street of their
    home, what they do not want to see, and (id, state) of their latest posts that are being prepared or wait for
    somebody."""

    miles: float = places.DEFAULT_MILES
    street: str | None = None
    spared: Spared = Spared()
    unfinished: tuple[tuple[str, str], ...] = ()


def reader(act: Act) -> Reader:
    """All that the feed has to know of the asker."""
    if act.actor.kind != "resident":
        return Reader()
    values = _viewer(act.actor) | {"household_id": act.actor.household_id}
    row = act.session.connection().execute(_reader(act.actor.home_cell is not None), values).one()
    people, posts, unfinished = map(json.loads, row[2:])
    return Reader(
        row[0] if row[0] in places.MILES else places.DEFAULT_MILES,
        row[1],
        Spared(frozenset(map(uuid.UUID, people)), frozenset(map(uuid.UUID, posts))),
        tuple((hex, state) for hex, state in unfinished),
    )


@lru_cache
def _reader(at_home: bool) -> Select[Any]:
    me, household = bindparam("viewer_id", type_=Uuid()), bindparam("household_id", type_=Uuid())
    own = visible_to(Actor("resident", home_cell="" if at_home else None)).where(Post.author_id == me, UNFINISHED)
    own = own.with_only_columns(Post.id, Post.state).order_by(Post.written_at.desc()).limit(5)
    latest = own.subquery()
    parts = (
        select(ReadingRadius.miles).where(ReadingRadius.account_id == me),
        select(Street.name).join(Home, Home.street_id == Street.id).where(Home.household_id == household),
        select(func.json_group_array(Mute.muted_id)).where(Mute.account_id == me),
        select(func.json_group_array(HiddenPost.post_id)).where(HiddenPost.account_id == me),
        select(func.json_group_array(func.json_array(latest.c.id, latest.c.state))),
    )
    return select(*(part.scalar_subquery() for part in parts))


@dataclass(frozen=True)
class _Shape:
    """What decides the words of a feed's statement; its values are bound when it runs."""

    kind: str
    resolution: int | None  # of the cells to look in; None for a reader without a home here
    category: bool
    unresolved: bool
    before: bool
    after: bool
    spared: bool


def _newest_numbers(shape: _Shape) -> Select[tuple[int]]:
    """The numbers of the newest posts in the reader's cells.

    One statement, whose cost depends on the number of cells and on `most` and not on the number of posts: the newest
    `most` of each cell are read from the end of its index, and then the newest of all those. (PostgreSQL says the same
    with `unnest` of the cells and a LATERAL join.) It says nothing about who may see them: that is for `visible_to`.
    """
    newest = aliased(Post)
    inner = select(newest.published_seq).where(newest.state == IS_VISIBLE)
    if shape.category:
        inner = inner.where(newest.category == bindparam("category"))
    if shape.unresolved:
        inner = inner.where(newest.resolved_at.is_(None))
    if shape.before:
        inner = inner.where(newest.published_seq < bindparam("before"))
    if shape.after:
        inner = inner.where(newest.published_seq > bindparam("after"))
    if shape.spared:
        inner = inner.where(*_not_spared(newest))
    inner = inner.order_by(newest.published_seq.desc()).limit(bindparam("most"))
    if shape.resolution is None:
        return inner.where(newest.audience == "everyone")
    cell = func.json_each(bindparam("cells")).table_valued("value")
    column = {9: newest.cell9, 8: newest.cell8, 7: newest.cell7}[shape.resolution]
    near = aliased(Post)
    numbers = select(near.published_seq).select_from(cell)
    numbers = numbers.join(near, near.published_seq.in_(inner.where(column == cell.c.value).correlate(cell)))
    return numbers.order_by(near.published_seq.desc()).limit(bindparam("most"))


def _shaped(
    act: Act,
    limit: int,
    miles: float,
    category: str | None = None,
    unresolved: bool = False,
    before: int | None = None,
    after: int | None = None,
    skips: Spared | None = None,
) -> tuple[_Shape, dict[str, Any]]:
    """A feed's statement for this reader and these wishes: its shape, and its values."""
    values: dict[str, Any] = {"most": limit}
    resolution = None
    if act.actor.home_cell is not None:
        resolution, values["cells"] = _cells(act.actor.home_cell, miles)
    if skips is None:
        skips = spared(act) if act.actor.kind == "resident" else Spared()
    values |= {"category": category} if category is not None else {}
    values |= {"before": before} if before is not None else {}
    values |= {"after": after} if after is not None else {}
    values |= skips.values() if skips else {}
    found = (category is not None, unresolved, before is not None, after is not None, bool(skips))
    return _Shape(act.actor.kind, resolution, *found), values


def _numbers(act: Act, *wishes: Any, **others: Any) -> Select[tuple[int]]:
    """`_newest_numbers` with its values, for use in another statement; arguments as `_shaped`."""
    shape, values = _shaped(act, *wishes, **others)
    return _newest_numbers(shape).params(values)


def newest(
    act: Act,
    limit: int,
    miles: float,
    category: str | None = None,
    before: int | None = None,
    unresolved: bool = False,
    skips: Spared | None = None,
) -> list[Card]:
    """The newest entries for the asker, in `published_seq` order, older than `before`.

    `miles` is the reader's wish for residents' posts near home, and `skips` what they spared themselves, where it is
    known already. Agencies' posts are those for the home's area; who has no home here reads all of them.
    """
    shape, values = _shaped(act, limit, miles, category, unresolved, before, skips=skips)
    cards = _cards(act, _feed_statement(shape), values)
    if category is None and not unresolved:
        home = act.actor.home_cell
        cell7 = places.parents(home)[2] if home else None
        cards += [
            Card(row[0], row[1].hex, row[2], "", tuple(row[3:]), of_agency=True)
            for row in bulletins.newest(act, limit, before, cell7)
        ]
    return sorted(cards, key=lambda card: -card.seq)[:limit]


@lru_cache(maxsize=512)
def _feed_statement(shape: _Shape) -> Select[tuple[str]]:
    """A page of the feed, made once for a shape: to make this statement anew takes ten times as long as to run it. Its
    values, and those of the gate, are bound each time."""
    viewer = Actor(shape.kind, home_cell="" if shape.resolution else None)
    gated = visible_to(viewer).where(Post.published_seq.in_(_newest_numbers(shape)))
    return _as_cards(gated)


def _as_cards(seen: Select[tuple[Post]]) -> Select[tuple[str]]:
    """What cards depend on, of the posts of a query that began with `visible_to`: one value, a JSON array of arrays.

    Every row that SQLite gives costs a switch between threads, which is most of what a page costs a busy server.
    (PostgreSQL says `json_agg` and `json_build_array`.)
    """
    thanked, saved = (
        exists().where(model.account_id == bindparam("viewer_id", type_=Uuid()), model.post_id == Post.id)
        for model in (PostThanks, SavedPost)
    )
    columns = (
        Post.published_seq,
        Post.id,
        Post.published_at,
        shown_name(Post),
        Post.state,
        Post.revision,
        Post.comment_count,
        Post.thanks_count,
        Post.author_id == bindparam("viewer_id", type_=Uuid()),
        thanked,
        saved,
    )
    newest = seen.join(Account, Account.id == Post.author_id).order_by(Post.published_seq.desc())
    each = newest.with_only_columns(func.json_array(*columns).label("card")).subquery()
    return select(func.json_group_array(func.json(each.c.card), type_=String))


def _cards(act: Act, statement: Select[tuple[str]], values: dict[str, Any] | None = None) -> list[Card]:
    """The cards of an `_as_cards`, newest first."""
    found = act.session.connection().execute(statement, _viewer(act.actor) | (values or {})).scalar_one()
    cards = [
        Card(seq, hex, datetime.fromisoformat(at).replace(tzinfo=UTC), author, tuple(depends))
        for seq, hex, at, author, *depends in json.loads(found)
    ]
    return sorted(cards, key=lambda card: -card.seq)


POST_TEXT = table("post_text", column("rowid"), column("post_text"))


def search(
    act: Act,
    terms: Sequence[str],
    limit: int,
    category: str | None = None,
    place: str | None = None,
    since: datetime | None = None,
    before: int | None = None,
) -> list[Card]:
    """Posts that hold all of `terms` in their words, their place or their comments, and that the asker may see, newest
    first. Nobody is looked for by name: names are in no document."""
    query = visible_to(act.actor).join(POST_TEXT, POST_TEXT.c.rowid == Post.published_seq)
    query = query.where(
        POST_TEXT.c.post_text.op("MATCH")(search_expression(terms)),
        Post.state == IS_VISIBLE,
    )
    if category is not None:
        query = query.where(Post.category == category)
    if place is not None:
        query = query.where(Post.place == place)
    if since is not None:
        query = query.where(Post.published_at >= since)
    if before is not None:
        query = query.where(Post.published_seq < before, POST_TEXT.c.rowid < before)
    if act.actor.kind == "resident" and (skips := spared(act)):
        query = query.where(*_not_spared(Post)).params(skips.values())
    return _cards(act, _as_cards(query.limit(limit)))


def saved(act: Act, limit: int, before: int | None = None) -> list[tuple[int, Card]]:
    """(number, card) of what the asker saved and may still see, the latest saved first, older than `before`."""
    mine = select(SavedPost.number, SavedPost.post_id).where(SavedPost.account_id == act.actor.id)
    if before is not None:
        mine = mine.where(SavedPost.number < before)
    numbers = {row.post_id: row.number for row in act.session.execute(mine)}
    seen = visible_to(act.actor).where(Post.state == IS_VISIBLE, Post.id.in_(select(mine.subquery().c.post_id)))
    found = [(numbers[card.id], card) for card in _cards(act, _as_cards(seen))]
    return sorted(found, key=lambda pair: -pair[0])[:limit]


def muted_people(act: Act) -> Sequence[tuple[uuid.UUID, str]]:
    """(account, name) of those whom the asker muted by a name that they wrote under."""
    query = select(Mute.muted_id, Account.name).join(Account, Account.id == Mute.muted_id)
    return [(row[0], row[1]) for row in act.session.execute(query.where(Mute.account_id == act.actor.id))]


def hidden_posts(act: Act) -> Sequence[Post]:
    """Posts under an alias that the asker hid, those that they may still see."""
    hidden = select(HiddenPost.post_id).where(HiddenPost.account_id == act.actor.id)
    return act.session.scalars(visible_to(act.actor).where(Post.id.in_(hidden))).all()


def with_media(act: Act, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Post]:
    """Those of these posts that the asker may see, whole."""
    query = _with_media(visible_to(act.actor)).where(Post.id.in_(ids))
    return {found.id: found for found in act.session.scalars(query)}


def arrived_since(act: Act, after: int, miles: float, category: str | None, most: int = 100) -> int:
    """How many entries of the asker's feed became visible after number `after`, counted up to `most`."""
    numbers = _numbers(act, most, miles, category, after=after)
    seen = visible_to(act.actor).where(Post.published_seq.in_(numbers)).with_only_columns(func.count())
    count = act.session.scalar(seen) or 0
    if category is None:
        cell7 = places.parents(act.actor.home_cell)[2] if act.actor.home_cell else None
        count += sum(row.published_seq > after for row in bulletins.newest(act, most, cell7=cell7))
    return min(count, most)


@dataclass(frozen=True)
class Spot:
    """A shown cell on the map and how many posts of each category it holds; its words are those of the newest."""

    cell: str
    place: str
    near: bool
    area: str
    counts: Counter[str]


def on_map(act: Act, miles: float, category: str | None = None, unresolved: bool = False) -> list[Spot]:
    """Where the asker's newest MAP_POSTS posts are, by the cell that is shown of each: the latest place first."""
    numbers = _numbers(act, MAP_POSTS, miles, category, unresolved)
    seen = visible_to(act.actor).where(Post.published_seq.in_(numbers))
    columns = (Post.shown_cell, Post.place, Post.near, Post.area, Post.category)
    spots: dict[str, Spot] = {}
    for row in act.session.execute(seen.with_only_columns(*columns).order_by(Post.published_seq.desc())):
        spot = spots.setdefault(row.shown_cell, Spot(row.shown_cell, row.place, row.near, row.area, Counter()))
        spot.counts[row.category] += 1
    return list(spots.values())


def in_cell(
    act: Act,
    cell: str,
    limit: int,
    miles: float,
    category: str | None = None,
    before: int | None = None,
    unresolved: bool = False,
) -> list[Card]:
    """Those of the posts that `on_map` counts whose shown cell this is, the newest first, older than `before`."""
    numbers = _numbers(act, MAP_POSTS, miles, category, unresolved)
    seen = visible_to(act.actor).where(Post.published_seq.in_(numbers), Post.shown_cell == cell)
    if before is not None:
        seen = seen.where(Post.published_seq < before)
    return _cards(act, _as_cards(seen.limit(limit)))


def newest_number(act: Act, miles: float) -> int:
    cards = newest(act, 1, miles)
    return cards[0].seq if cards else 0


def post(act: Act, post_id: uuid.UUID, under_review: ColumnElement[bool] | None = None) -> tuple[Post, str] | None:
    """A post that the asker may see, with its author's name as far as readers may know it."""
    query = _with_media(visible_to(act.actor, under_review=under_review)).where(Post.id == post_id)
    row = act.session.execute(
        query.join(Account, Account.id == Post.author_id).add_columns(shown_name(Post))
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def marks(act: Act, post_id: uuid.UUID) -> tuple[bool, bool]:
    """Whether the asker thanked for this post, and saved it."""
    key = (act.actor.id, post_id)
    return act.session.get(PostThanks, key) is not None, act.session.get(SavedPost, key) is not None


def rendition(act: Act, rendition_id: uuid.UUID, under_review: ColumnElement[bool] | None = None) -> Rendition | None:
    """A file of a post that the asker may see. What its author took out, or whose time is over, is not there."""
    seen = visible_to(act.actor, under_review=under_review).with_only_columns(Post.id)
    query = (
        select(Rendition)
        .join(Media, Media.id == Rendition.media_id)
        .where(
            Rendition.id == rendition_id,
            Media.removed_at.is_(None),
            or_(Media.expires_at.is_(None), Media.expires_at > act.now),
            Media.post_id.in_(seen),
        )
    )
    return act.session.scalar(query)


def revisions(act: Act, post_id: uuid.UUID) -> Sequence[PostRevision]:
    """Earlier words of a post that was reached through `visible_to`, the newest first."""
    query = select(PostRevision).where(PostRevision.post_id == post_id)
    return act.session.scalars(query.order_by(PostRevision.replaced_at.desc(), PostRevision.id.desc())).all()


@dataclass(frozen=True)
class Said:
    """A comment with the name that is shown ("" for an alias), whether the asker thanked for it, and its replies."""

    comment: Comment
    name: str
    thanked: bool
    replies: list["Said"]


def comments(act: Act, post_id: uuid.UUID) -> list[Said]:
    """The comments under a post that was reached through `visible_to`, oldest first. Of what was deleted, only what
    was answered leaves a trace; of people whom the asker muted, nothing."""
    thanked = exists().where(CommentThanks.account_id == act.actor.id, CommentThanks.comment_id == Comment.id)
    query = (
        select(Comment, shown_name(Comment), thanked)
        .join(Account, Account.id == Comment.author_id)
        .where(Comment.post_id == post_id)
        .order_by(Comment.id)
    )
    if act.actor.kind == "resident":
        people = spared(act).people
        query = query.where(or_(Comment.alias.is_not(None), Comment.author_id.not_in(people))) if people else query
    found = {row[0].id: Said(row[0], row[1], row[2], []) for row in act.session.execute(query)}
    tops = []
    for said in found.values():
        if said.comment.reply_to is None:
            tops.append(said)
        elif said.comment.reply_to in found and said.comment.state != "deleted":
            found[said.comment.reply_to].replies.append(said)
    return [said for said in tops if said.comment.state != "deleted" or said.replies]


def comment(act: Act, comment_id: uuid.UUID, under_review: ColumnElement[bool] | None = None) -> Comment | None:
    """A comment under a post that the asker may see."""
    seen = visible_to(act.actor, under_review=under_review).with_only_columns(Post.id)
    return act.session.scalar(select(Comment).where(Comment.id == comment_id, Comment.post_id.in_(seen)))


def media_states(act: Act, post_id: uuid.UUID) -> list[str]:
    return list(act.session.scalars(select(Media.state).where(Media.post_id == post_id, Media.removed_at.is_(None))))


def known_names(act: Act, names: Sequence[str]) -> set[str]:
    """Those of these file names that a row stands for: encoded files and raw uploads."""
    encoded = act.session.scalars(select(Rendition.name).where(Rendition.name.in_(names)))
    raw = act.session.scalars(select(Media.source).where(Media.source.in_(names)))
    return set(encoded) | {name for name in raw if name is not None}


def files(act: Act, post_id: uuid.UUID) -> Sequence[Media]:
    """All files of one's own post, which the caller has reached: also those that can still be put back."""
    since = act.now - timedelta(hours=rules.UNDO_HOURS)
    there = or_(Media.removed_at.is_(None), Media.removed_at > since)
    query = select(Media).where(Media.post_id == post_id, there).order_by(Media.position)
    return act.session.scalars(query.options(selectinload(Media.renditions))).all()


def posts_with_expired_media(act: Act, limit: int) -> list[uuid.UUID]:
    """Posts that show files whose time is over."""
    query = select(Media.post_id).where(Media.expires_at <= act.now, Media.removed_at.is_(None)).distinct()
    return list(act.session.scalars(query.limit(limit)))


def gone_files(act: Act, limit: int) -> tuple[list[uuid.UUID], list[str]]:
    """(media ids, file names) of what nobody will see again: its time is over, or the undo window of its post or its
    own has passed, or the time in which a moderator's removal can be taken back."""
    until = act.now - timedelta(hours=rules.UNDO_HOURS)
    removed_until = act.now - timedelta(days=rules.REMOVED_DAYS)
    over = or_(
        and_(Post.state == "deleted", Post.ended_at < until),
        and_(Post.state == "removed", Post.ended_at < removed_until),
    )
    gone = exists().where(Post.id == Media.post_id, over)
    query = select(Media.id).where(or_(gone, Media.removed_at < until, Media.expires_at <= act.now))
    media = list(act.session.scalars(query.limit(limit)))
    names = list(act.session.scalars(select(Rendition.name).where(Rendition.media_id.in_(media))))
    names += [name for name in act.session.scalars(select(Media.source).where(Media.id.in_(media))) if name is not None]
    return media, names
