"""Comments under agencies' posts, for everybody; and of followers, guests and useful tips, numbers alone."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, Uuid, and_, bindparam, case, exists, func, or_, select

from portal.accounts.models import Account
from portal.agencies.models import Agency, Jurisdiction, Membership
from portal.agencies.queries import PUBLIC
from portal.bulletins.models import AgencyPost
from portal.db import Act
from portal.neighbourhoods import rules as places
from portal.responses import rules
from portal.responses.models import (
    AgencyAnswerRevision,
    AgencyComment,
    AgencyFollow,
    Attendance,
    AttendanceToken,
    PostReach,
    UsefulTip,
)

# — Comments —


@dataclass(frozen=True)
class Said:
    """A comment with the name that is shown ("" for an alias), for an answer the title of its author at that time, and
    its replies. `mine`: it is the asker's, or an answer of the agency that they speak for. `readable`: its words are
    for the asker to read; what else there is to say of it stands in its state."""

    comment: AgencyComment
    name: str
    title: str = ""
    mine: bool = False
    replies: list["Said"] = field(default_factory=list)

    @property
    def readable(self) -> bool:
        return self.comment.state == "visible" or (self.comment.state == "held" and self.mine)


def _as_said(act: Act, row: Any) -> Said:
    written, name, title = row
    mine = written.author_id == act.actor.id
    if written.agency_id is not None:
        mine = written.agency_id == act.actor.agency_id
    return Said(written, name, title or "", mine)


def _said() -> Select[Any]:
    title = (
        select(Membership.title)
        .where(
            Membership.account_id == AgencyComment.author_id,
            Membership.agency_id == AgencyComment.agency_id,
            Membership.joined_at <= AgencyComment.written_at,
            or_(Membership.ended_at.is_(None), Membership.ended_at > AgencyComment.written_at),
        )
        .limit(1)
        .scalar_subquery()
    )
    name = case((AgencyComment.alias.is_(None), Account.name), else_="")
    return select(AgencyComment, name, title).join(Account, Account.id == AgencyComment.author_id)


def comments(act: Act, post_id: uuid.UUID) -> list[Said]:
    """What stands under a post, the oldest first. Of what was deleted only what was answered leaves a trace; of what
    moderators removed, and of answers that were withdrawn, or changed and held, that it was so: what residents replied
    stays in its place. An answer that never was public is its own agency's to see while it is held."""
    held = and_(AgencyComment.state == "held", AgencyComment.agency_id == act.actor.agency_id)
    shown = or_(AgencyComment.published_at.is_not(None), held)
    query = _said().where(AgencyComment.post_id == post_id, shown).order_by(AgencyComment.id)
    found = {row[0].id: _as_said(act, row) for row in act.session.execute(query)}
    tops = []
    for said in found.values():
        if said.comment.reply_to is None:
            tops.append(said)
        elif said.comment.reply_to in found and said.comment.state != "deleted":
            found[said.comment.reply_to].replies.append(said)
    return [said for said in tops if said.comment.state != "deleted" or said.replies]


def said(act: Act, comment_id: uuid.UUID) -> Said | None:
    """One comment in whatever state, without its replies: for its author, and for moderators."""
    row = act.session.execute(_said().where(AgencyComment.id == comment_id)).one_or_none()
    return None if row is None else _as_said(act, row)


def place_of(act: Act, comment_id: uuid.UUID) -> tuple[str, uuid.UUID, str]:
    """Where a comment stands that the caller has reached: (the agency's slug, the post's id and its state)."""
    query = (
        select(Agency.slug, AgencyPost.id, AgencyPost.state)
        .join(AgencyPost, AgencyPost.agency_id == Agency.id)
        .join(AgencyComment, AgencyComment.post_id == AgencyPost.id)
        .where(AgencyComment.id == comment_id)
    )
    slug, post_id, state = act.session.execute(query).one()
    return slug, post_id, state


def held_answers(act: Act, comment_id: uuid.UUID | None = None) -> Sequence[AgencyComment]:
    """Answers that wait for a moderator (or that one, if it does), the longest first."""
    query = select(AgencyComment).where(AgencyComment.state == "held").order_by(AgencyComment.written_at)
    if comment_id is not None:
        query = query.where(AgencyComment.id == comment_id)
    return act.session.scalars(query).all()


def revisions(act: Act, comment_id: uuid.UUID) -> Sequence[AgencyAnswerRevision]:
    """Earlier words of an answer, the newest first."""
    query = select(AgencyAnswerRevision).where(AgencyAnswerRevision.comment_id == comment_id)
    return act.session.scalars(
        query.order_by(AgencyAnswerRevision.replaced_at.desc(), AgencyAnswerRevision.id.desc())
    ).all()


def agency_name(act: Act, agency_id: uuid.UUID) -> str:
    return act.session.scalars(select(Agency.name).where(Agency.id == agency_id)).one()


# — Following —


@dataclass(frozen=True)
class Near:
    """An agency that serves the asker's home, and whether the asker follows it."""

    id: uuid.UUID
    slug: str
    name: str
    kind: str
    followed: bool


_FOLLOWED = exists().where(
    AgencyFollow.account_id == bindparam("account_id", type_=Uuid()), AgencyFollow.agency_id == Agency.id
)
_NEAR = (  # asked once for a page that shows agencies
    select(Agency.id, Agency.slug, Agency.name, Agency.kind, _FOLLOWED)
    .join(Jurisdiction, Jurisdiction.agency_id == Agency.id)
    .where(Jurisdiction.cell7 == bindparam("cell7"), Agency.state.in_(PUBLIC), Agency.left_on.is_(None))
    .order_by(Agency.name)
)


def near(act: Act) -> dict[uuid.UUID, Near]:
    """Agencies that serve the asker's home, by name. Whom others follow is never asked for."""
    if act.actor.kind != "resident" or act.actor.home_cell is None:
        return {}
    values = {"account_id": act.actor.id, "cell7": places.parents(act.actor.home_cell)[2]}
    return {row[0]: Near(*row) for row in act.session.connection().execute(_NEAR, values)}


def follower_count(act: Act, agency_id: uuid.UUID) -> int:
    return act.session.scalar(select(func.count()).where(AgencyFollow.agency_id == agency_id)) or 0


# — Numbers —


@dataclass(frozen=True)
class Figures:
    """A post with its numbers. `people`: about how many had it on their screen in its first days, None when that was
    not counted; `counting`: those days are not over. `useful`: of a tip; `coming`: to an event."""

    post: AgencyPost
    people: int | None
    counting: bool
    useful: int
    coming: int
    comments: int
    answers: int


def figures(act: Act, agency_id: uuid.UUID, limit: int, before: int | None = None) -> list[Figures]:
    """What an agency's posts met with, newest first: of all that were ever public. One statement."""

    def counted(*where: Any) -> Any:
        return select(func.count()).where(*where).correlate(AgencyPost).scalar_subquery()

    under = (AgencyComment.post_id == AgencyPost.id, AgencyComment.state == "visible")
    query = (
        select(
            AgencyPost,
            PostReach.people,
            counted(UsefulTip.post_id == AgencyPost.id),
            Attendance.count,
            counted(*under, AgencyComment.agency_id.is_(None)),
            counted(*under, AgencyComment.agency_id.is_not(None)),
        )
        .outerjoin(PostReach, PostReach.post_id == AgencyPost.id)
        .outerjoin(Attendance, Attendance.post_id == AgencyPost.id)
        .where(AgencyPost.agency_id == agency_id, AgencyPost.published_seq.is_not(None))
        .order_by(AgencyPost.published_seq.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(AgencyPost.published_seq < before)
    since = act.now - timedelta(days=rules.REACH_DAYS)
    return [
        Figures(row[0], row[1], row[0].published_at > since, row[2], row[3] or 0, row[4], row[5])
        for row in act.session.execute(query)
    ]


def useful(act: Act, post_id: uuid.UUID) -> tuple[int, bool]:
    """How many found a tip useful, and whether the asker is one of them."""
    count = act.session.scalar(select(func.count()).where(UsefulTip.post_id == post_id)) or 0
    mine = act.actor.id is not None and act.session.get(UsefulTip, (act.actor.id, post_id)) is not None
    return count, mine


def coming(act: Act, post_id: uuid.UUID, secret: str) -> tuple[int, bool]:
    """How many come to an event, and whether the asker is one of them: known only until it is over."""
    row = act.session.get(Attendance, post_id)
    if row is None:
        return 0, False
    if row.salt is None or act.actor.id is None:
        return row.count, False
    token = rules.token(secret, row.salt, act.actor.id)
    return row.count, act.session.get(AttendanceToken, (post_id, token)) is not None


def over(act: Act) -> list[uuid.UUID]:
    """Events whose guests are to be forgotten: they are over, or no longer public for good."""
    # What moderators removed may come back after an appeal: its guests are forgotten when it is over.
    gone = and_(AgencyPost.state == "withdrawn", AgencyPost.removed_rule.is_(None))
    query = (
        select(AgencyPost.id, AgencyPost.starts_at, AgencyPost.ends_at, gone.label("gone"))
        .join(Attendance, Attendance.post_id == AgencyPost.id)
        .where(Attendance.salt.is_not(None), or_(gone, AgencyPost.starts_at <= act.now))
    )
    return [
        row.id for row in act.session.execute(query) if row.gone or rules.over_at(row.starts_at, row.ends_at) <= act.now
    ]


def counted_out(act: Act) -> Sequence[uuid.UUID]:
    """Posts whose days of counting are over, and whose sketch is still there."""
    until = act.now - timedelta(days=rules.REACH_DAYS)
    query = select(PostReach.post_id).join(AgencyPost, AgencyPost.id == PostReach.post_id)
    return act.session.scalars(query.where(PostReach.salt.is_not(None), AgencyPost.published_at <= until)).all()


def being_counted(act: Act, post_ids: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """Those of these posts that are in their first days."""
    since = act.now - timedelta(days=rules.REACH_DAYS)
    query = select(AgencyPost.id).where(AgencyPost.id.in_(set(post_ids)), AgencyPost.published_at > since)
    return list(act.session.scalars(query))


def posts(act: Act, post_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[AgencyPost, Agency]]:
    """Those of these posts that everybody can read, with their agencies."""
    query = select(AgencyPost, Agency).join(Agency, Agency.id == AgencyPost.agency_id)
    found = act.session.execute(query.where(AgencyPost.id.in_(set(post_ids)), AgencyPost.state == "visible"))
    return {post.id: (post, agency) for post, agency in found}
