"""What agencies have published, and what of it waits."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Row, Select, String, and_, bindparam, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from portal.accounts.models import Account
from portal.agencies.models import Agency, Jurisdiction, Membership
from portal.audit.models import LedgerEntry
from portal.bulletins import rules
from portal.bulletins.models import (
    IS_CURRENT,
    IS_VISIBLE,
    AgencyPicture,
    AgencyPost,
    AgencyPostEdit,
    AgencyPostRevision,
)
from portal.db import Act, UTCDateTime

MOST_CURRENT = 20  # updates and events at the top of an agency's page


@dataclass(frozen=True)
class Published:
    """A post with the agency and the person that stand behind it."""

    post: AgencyPost
    agency: Agency
    author: str
    title: str | None


def _published() -> Select[tuple[AgencyPost, Agency, str, str | None]]:
    return (
        select(AgencyPost, Agency, Account.name, Membership.title)
        .join(Agency, Agency.id == AgencyPost.agency_id)
        .join(Account, Account.id == AgencyPost.author_id)
        .outerjoin(
            Membership,
            (Membership.account_id == AgencyPost.author_id)
            & (Membership.agency_id == AgencyPost.agency_id)
            & (Membership.joined_at <= AgencyPost.written_at)
            & (Membership.ended_at.is_(None) | (Membership.ended_at > AgencyPost.written_at)),
        )
    )


def public() -> Select[tuple[AgencyPost, Agency, str, str | None]]:
    """Visible posts: what everybody may read, for a caller to narrow."""
    return _published().where(AgencyPost.state == "visible")


def public_or_taken_back() -> Select[tuple[AgencyPost, Agency, str, str | None]]:
    """Visible posts, and those that were until their agency took them back (`withdrawn_at`): whoever copied such a post
    has to hear that it is gone. Of its words, the title alone may be said, as the ledger says it."""
    gone = and_(AgencyPost.state == "withdrawn", AgencyPost.withdrawn_at.is_not(None))
    return _published().where(or_(AgencyPost.state == "visible", gone))


def last_change(act: Act, agency_id: uuid.UUID | None = None) -> datetime | None:
    """When anything last changed of what is or was public: of one agency, or of all."""
    times = (AgencyPost.published_at, AgencyPost.edited_at, AgencyPost.withdrawn_at)
    query = select(*map(func.max, times)).where(AgencyPost.published_seq.is_not(None))
    if agency_id is not None:
        query = query.where(AgencyPost.agency_id == agency_id)
    return max(filter(None, act.session.execute(query).one()), default=None)


def newest(act: Act, limit: int, before: int | None = None, cell7: str | None = None) -> Sequence[Row[Any]]:
    """(published_seq, id, published_at, and what else a card depends on) of the newest visible posts that still hold,
    newest first: of the agencies that serve the cell `cell7`, or of all. What has faded is not among them. Its cost
    does not depend on how many there are, or have been."""
    values = {"most": limit, "before": before, "cell7": cell7, "now": act.now}
    given = {name: value for name, value in values.items() if value is not None}
    return act.session.connection().execute(_newest(before is not None, cell7 is not None), given).all()


@lru_cache
def _newest(before: bool, local: bool) -> Select[Any]:
    """The statement of `newest`, made once for a shape. The newest `most` of each agency are read from the end of its
    index, and then the newest of all those."""
    last = aliased(AgencyPost)
    not_faded = or_(last.fades_at.is_(None), last.fades_at > bindparam("now", type_=UTCDateTime()))
    numbers = select(last.published_seq).where(last.state == IS_VISIBLE, last.in_feed == IS_CURRENT, not_faded)
    if before:
        numbers = numbers.where(last.published_seq < bindparam("before"))
    numbers = numbers.order_by(last.published_seq.desc()).limit(bindparam("most"))
    if local:
        of = aliased(AgencyPost)
        inner = numbers.where(last.agency_id == Jurisdiction.agency_id).correlate(Jurisdiction)
        numbers = (
            select(of.published_seq)
            .join_from(Jurisdiction, of, of.published_seq.in_(inner))
            .where(Jurisdiction.cell7 == bindparam("cell7"))
            .order_by(of.published_seq.desc())
            .limit(bindparam("most"))
        )
    listed = _published().where(AgencyPost.published_seq.in_(numbers)).order_by(AgencyPost.published_seq.desc())
    return listed.with_only_columns(
        AgencyPost.published_seq,
        AgencyPost.id,
        AgencyPost.published_at,
        AgencyPost.revision,
        type_coerce(AgencyPost.pictures, String),
        Agency.name,
        Account.name,
        Membership.title,
        maintain_column_froms=True,
    )


def whole(act: Act, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Published]:
    """Visible posts, by their ids."""
    query = public().where(AgencyPost.id.in_(ids))
    return {row[0].id: Published(*row) for row in act.session.execute(query)}


# — An agency's page —


def over(now: datetime) -> ColumnElement[bool]:
    """Posts that hold no more: faded updates, and events that have been."""
    ended = or_(
        and_(AgencyPost.ends_at.is_not(None), AgencyPost.ends_at <= now),
        and_(AgencyPost.ends_at.is_(None), AgencyPost.starts_at <= now - rules.LASTS),
    )
    return or_(
        and_(AgencyPost.fades_at.is_not(None), AgencyPost.fades_at <= now), and_(AgencyPost.kind == "event", ended)
    )


def current(act: Act, agency_id: uuid.UUID) -> list[Published]:
    """An agency's updates that still hold: urgent ones first, then the newest."""
    query = public().where(AgencyPost.agency_id == agency_id, AgencyPost.kind == "update", ~over(act.now))
    query = query.order_by(AgencyPost.urgency.is_(None), AgencyPost.published_seq.desc()).limit(MOST_CURRENT + 1)
    return _found(act, query)


def upcoming(act: Act, agency_id: uuid.UUID) -> list[Published]:
    """An agency's events that are not over, the next one first."""
    query = public().where(AgencyPost.agency_id == agency_id, AgencyPost.kind == "event", ~over(act.now))
    return _found(act, query.order_by(AgencyPost.starts_at, AgencyPost.id).limit(MOST_CURRENT + 1))


def of_agency(act: Act, agency_id: uuid.UUID, show: str, limit: int, before: int | None = None) -> list[Published]:
    """All that an agency has published of one kind (tip, update, event), or all that is over ("earlier"), newest
    first."""
    wanted = over(act.now) if show == "earlier" else AgencyPost.kind == show
    query = public().where(AgencyPost.agency_id == agency_id, wanted)
    if before is not None:
        query = query.where(AgencyPost.published_seq < before)
    return _found(act, query.order_by(AgencyPost.published_seq.desc()).limit(limit))


def _found(act: Act, query: Select[tuple[AgencyPost, Agency, str, str | None]]) -> list[Published]:
    return [Published(*row) for row in act.session.execute(query)]


def unfinished(act: Act, agency_id: uuid.UUID) -> list[Published]:
    """An agency's own posts that wait for a moderator."""
    query = _published().where(AgencyPost.agency_id == agency_id, AgencyPost.state == "held")
    return _found(act, query.order_by(AgencyPost.written_at.desc()))


def scheduled(act: Act, agency_id: uuid.UUID) -> list[Published]:
    """An agency's own posts that go out later, the next one first."""
    query = _published().where(AgencyPost.agency_id == agency_id, AgencyPost.state == "scheduled")
    return _found(act, query.order_by(AgencyPost.due_at))


def due(act: Act, most: int) -> list[uuid.UUID]:
    """Scheduled posts whose time has come, the longest first."""
    query = select(AgencyPost.id).where(
        AgencyPost.state == "scheduled", AgencyPost.due_at <= act.now, AgencyPost.stopped.is_(None)
    )
    return list(act.session.scalars(query.order_by(AgencyPost.due_at).limit(most)))


def held(act: Act) -> list[Published]:
    """Everything that waits for a moderator, the longest first."""
    query = _published().where(AgencyPost.state == "held").order_by(AgencyPost.written_at)
    return _found(act, query)


def post(act: Act, post_id: uuid.UUID) -> Published | None:
    row = act.session.execute(_published().where(AgencyPost.id == post_id)).first()
    return Published(*row) if row is not None else None


def posts(act: Act, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Published]:
    """Those of these posts that there are."""
    return {row.post.id: row for row in _found(act, _published().where(AgencyPost.id.in_(ids)))} if ids else {}


def withdrawn_by(act: Act, post_id: uuid.UUID) -> str:
    """The name of the one who took a post back, as the ledger knows it; "" when it does not."""
    query = (
        select(Account.name)
        .join(LedgerEntry, LedgerEntry.actor_id == Account.id)
        .where(LedgerEntry.kind == "agency-post.withdrawn", LedgerEntry.subject_id == post_id)
    )
    return act.session.scalar(query.order_by(LedgerEntry.seq.desc()).limit(1)) or ""


def title_of(act: Act, account_id: uuid.UUID | None, agency_id: uuid.UUID) -> str | None:
    """Somebody's title at an agency that they speak for now; None when they do not."""
    return act.session.scalar(
        select(Membership.title).where(
            Membership.account_id == account_id, Membership.agency_id == agency_id, Membership.ended_at.is_(None)
        )
    )


def agencies_sites(act: Act) -> set[str]:
    """The sites that agencies have for themselves: an agency's text may lead there."""
    rows = act.session.execute(select(Agency.mail_domain, Agency.website).where(Agency.state != "proposed"))
    return {site for domain, website in rows for site in (domain, urlsplit(website).netloc.lower()) if site}


# — Revisions —


def revisions(act: Act, post_id: uuid.UUID) -> Sequence[tuple[AgencyPostRevision, str]]:
    """What a post said before, and who replaced it; the latest first."""
    query = (
        select(AgencyPostRevision, Account.name)
        .join(Account, Account.id == AgencyPostRevision.editor_id)
        .where(AgencyPostRevision.post_id == post_id)
        .order_by(AgencyPostRevision.revision.desc())
    )
    return [(row[0], row[1]) for row in act.session.execute(query)]


def held_edit(act: Act, post_id: uuid.UUID) -> AgencyPostEdit | None:
    """New words for a post that wait for a moderator."""
    query = select(AgencyPostEdit).where(AgencyPostEdit.post_id == post_id, AgencyPostEdit.state == "held")
    return act.session.scalar(query)


def held_edits(act: Act, agency_id: uuid.UUID | None = None) -> Sequence[AgencyPostEdit]:
    """New words for public posts, of one agency or of all, that wait for a moderator; the longest first."""
    query = (
        select(AgencyPostEdit)
        .join(AgencyPost, AgencyPost.id == AgencyPostEdit.post_id)
        .where(AgencyPostEdit.state == "held", AgencyPost.state == "visible")
        .order_by(AgencyPostEdit.written_at)
    )
    if agency_id is not None:
        query = query.where(AgencyPost.agency_id == agency_id)
    return act.session.scalars(query).all()


def edit(act: Act, edit_id: uuid.UUID) -> AgencyPostEdit | None:
    return act.session.get(AgencyPostEdit, edit_id)


# — Pictures —


def pictures(act: Act, post_id: uuid.UUID) -> Sequence[AgencyPicture]:
    """A post's pictures that its agency has not taken out."""
    query = select(AgencyPicture).where(AgencyPicture.post_id == post_id, AgencyPicture.removed_at.is_(None))
    return act.session.scalars(query.order_by(AgencyPicture.position)).all()


def picture(act: Act, picture_id: uuid.UUID) -> AgencyPicture | None:
    return act.session.get(AgencyPicture, picture_id)


def picture_with_post(act: Act, slug: str, picture_id: uuid.UUID) -> tuple[AgencyPicture, str, uuid.UUID] | None:
    """(picture, its post's state, its agency), unless it was taken out or its post withdrawn. One statement."""
    query = (
        select(AgencyPicture, AgencyPost.state, AgencyPost.agency_id)
        .join(AgencyPost, AgencyPost.id == AgencyPicture.post_id)
        .join(Agency, Agency.id == AgencyPost.agency_id)
        .where(
            AgencyPicture.id == picture_id,
            AgencyPicture.removed_at.is_(None),
            AgencyPost.state != "withdrawn",
            Agency.slug == slug,
        )
    )
    row = act.session.execute(query).first()
    return (row[0], row[1], row[2]) if row is not None else None


def waiting_pictures(act: Act, agency_id: uuid.UUID | None = None) -> Sequence[AgencyPicture]:
    """Pictures, of one agency or of all, that a moderator has to look at; the longest first."""
    query = (
        select(AgencyPicture)
        .join(AgencyPost, AgencyPost.id == AgencyPicture.post_id)
        .where(
            AgencyPicture.decision == "waiting",
            AgencyPicture.removed_at.is_(None),
            AgencyPicture.state == "done",
            AgencyPicture.problem.is_(None),
            AgencyPost.state != "withdrawn",
        )
        .order_by(AgencyPicture.added_at)
    )
    if agency_id is not None:
        query = query.where(AgencyPost.agency_id == agency_id)
    return act.session.scalars(query).all()


def known_files(act: Act) -> set[str]:
    """Names of all files that a picture has in the store."""
    rows = act.session.execute(select(AgencyPicture.source, AgencyPicture.files))
    return {name for source, files in rows for name in (source, *(file["name"] for file in files)) if name}


def unfinished_pictures(act: Act, agency_id: uuid.UUID) -> Sequence[AgencyPicture]:
    """An agency's pictures that nobody else sees yet, or ever: being made, waiting, refused, or impossible to make."""
    query = (
        select(AgencyPicture)
        .join(AgencyPost, AgencyPost.id == AgencyPicture.post_id)
        .where(
            AgencyPost.agency_id == agency_id,
            AgencyPost.state != "withdrawn",
            AgencyPicture.decision != "approved",
            AgencyPicture.removed_at.is_(None),
        )
    )
    return act.session.scalars(query.order_by(AgencyPicture.added_at)).all()
