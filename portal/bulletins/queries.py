"""What agencies have published, and what of it waits."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Select, Uuid, and_, bindparam, func, or_, select

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


def public_posts(
    act: Act, limit: int, before: int | None = None, agency_id: uuid.UUID | None = None, cell7: str | None = None
) -> list[Published]:
    """Visible posts, newest first: of one agency, or of those that serve the cell `cell7`, or of all."""
    values = {"limit": limit, "before": before, "agency_id": agency_id, "cell7": cell7}
    given = {name: value for name, value in values.items() if value is not None}
    return [Published(*row) for row in act.session.execute(_public(frozenset(given)), given)]


@lru_cache
def _public(given: frozenset[str]) -> Select[tuple[AgencyPost, Agency, str, str | None]]:
    """The statement of `public_posts` for the values that are given: made once for each combination."""
    query = public().order_by(AgencyPost.published_seq.desc()).limit(bindparam("limit"))
    if "before" in given:
        query = query.where(AgencyPost.published_seq < bindparam("before"))
    if "agency_id" in given:
        query = query.where(AgencyPost.agency_id == bindparam("agency_id", type_=Uuid()))
    if "cell7" in given:
        serves = select(Jurisdiction.agency_id).where(Jurisdiction.cell7 == bindparam("cell7"))
        query = query.where(AgencyPost.agency_id.in_(serves))
    return query


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
