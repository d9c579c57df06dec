"""What agencies have published, and what of it waits."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from portal.accounts.models import Account
from portal.agencies.models import Agency, Jurisdiction, Membership
from portal.bulletins.models import AgencyPost
from portal.db import Act


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


def public_posts(act: Act, agency_id: uuid.UUID, limit: int, before: int | None = None) -> list[Published]:
    """An agency's visible posts, newest first."""
    query = public().where(AgencyPost.agency_id == agency_id)
    if before is not None:
        query = query.where(AgencyPost.published_seq < before)
    query = query.order_by(AgencyPost.published_seq.desc()).limit(limit)
    return [Published(*row) for row in act.session.execute(query)]


def newest(act: Act, limit: int, before: int | None = None, cell7: str | None = None) -> Sequence[Row[Any]]:
    """(published_seq, id, published_at, and what else a card depends on) of the newest visible posts, newest first: of
    the agencies that serve the cell `cell7`, or of all. Its cost does not depend on how many there are."""
    values = {"most": limit, "before": before, "cell7": cell7}
    given = {name: value for name, value in values.items() if value is not None}
    return act.session.connection().execute(_newest(before is not None, cell7 is not None), given).all()


@lru_cache
def _newest(before: bool, local: bool) -> Select[Any]:
    """The statement of `newest`, made once for a shape. The newest `most` of each agency are read from the end of its
    index, and then the newest of all those."""
    last = aliased(AgencyPost)
    numbers = select(last.published_seq).where(last.state == "visible")
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
        Agency.name,
        Account.name,
        Membership.title,
        maintain_column_froms=True,
    )


def whole(act: Act, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Published]:
    """Visible posts, by their ids."""
    query = public().where(AgencyPost.id.in_(ids))
    return {row[0].id: Published(*row) for row in act.session.execute(query)}


def unfinished(act: Act, agency_id: uuid.UUID) -> list[Published]:
    """An agency's own posts that wait for a moderator."""
    query = _published().where(AgencyPost.agency_id == agency_id, AgencyPost.state == "held")
    return [Published(*row) for row in act.session.execute(query.order_by(AgencyPost.written_at.desc()))]


def held(act: Act) -> list[Published]:
    """Everything that waits for a moderator, the longest first."""
    query = _published().where(AgencyPost.state == "held").order_by(AgencyPost.written_at)
    return [Published(*row) for row in act.session.execute(query)]


def post(act: Act, post_id: uuid.UUID) -> Published | None:
    row = act.session.execute(_published().where(AgencyPost.id == post_id)).first()
    return Published(*row) if row is not None else None
