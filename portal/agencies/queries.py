"""The directory: who is in it, how many there were, who speaks for them, and what waits for an operator."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, column, func, or_, select, table, tuple_

from portal import codes, fulltext
from portal.accounts.models import Account
from portal.agencies import rules
from portal.agencies.models import Agency, AgencyLink, Agreement, Jurisdiction, JurisdictionShape, Membership
from portal.db import Act, Counter
from portal.neighbourhoods import queries as places

PUBLIC = ("verified", "lapsed")
AGENCY_TEXT = table("agency_text", column("rowid"), column("agency_text"))


def by_slug(act: Act, slug: str) -> Agency | None:
    return act.session.scalar(select(Agency).where(Agency.slug == slug))


def agency(act: Act, agency_id: uuid.UUID) -> Agency | None:
    return act.session.get(Agency, agency_id)


def open_link(act: Act, token: str) -> tuple[AgencyLink, Agency] | None:
    query = (
        select(AgencyLink, Agency)
        .join(Agency, Agency.id == AgencyLink.agency_id)
        .where(AgencyLink.token_hash == codes.digest(token), AgencyLink.expires_at > act.now)
    )
    row = act.session.execute(query).one_or_none()
    return (row[0], row[1]) if row is not None else None


def open_links(act: Act, tokens: Sequence[str]) -> Sequence[Agency]:
    """The agencies whose letters' links these tokens open."""
    query = (
        select(Agency)
        .join(AgencyLink, Agency.id == AgencyLink.agency_id)
        .where(AgencyLink.token_hash.in_([codes.digest(token) for token in tokens]), AgencyLink.expires_at > act.now)
    )
    return act.session.scalars(query).all()


def last_letter(act: Act, agency_id: uuid.UUID) -> AgencyLink | None:
    """The letter that waits for an answer."""
    return act.session.scalar(select(AgencyLink).where(AgencyLink.agency_id == agency_id))


# — Who speaks for them —


def current_agency(act: Act, account_id: uuid.UUID) -> uuid.UUID | None:
    """The agency that this account speaks for now."""
    return act.session.scalar(
        select(Membership.agency_id).where(Membership.account_id == account_id, Membership.ended_at.is_(None))
    )


@dataclass(frozen=True)
class Member:
    """A named person, and from when to when they spoke for an agency."""

    id: uuid.UUID
    name: str
    title: str
    joined_at: datetime
    ended_at: datetime | None


def members(act: Act, agency_id: uuid.UUID) -> Sequence[Member]:
    """Those who speak for an agency now, and after them those who did."""
    query = (
        select(Membership.id, Account.name, Membership.title, Membership.joined_at, Membership.ended_at)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.agency_id == agency_id)
        .order_by(Membership.ended_at.is_not(None), Membership.ended_at.desc(), Account.name)
    )
    return [Member(*row) for row in act.session.execute(query)]


def membership(act: Act, agency_id: uuid.UUID, membership_id: uuid.UUID) -> Membership | None:
    """A membership of this agency that has not ended."""
    return act.session.scalar(
        select(Membership).where(
            Membership.id == membership_id, Membership.agency_id == agency_id, Membership.ended_at.is_(None)
        )
    )


# — What stands on an agency's page —


def agreements(act: Act, agency_id: uuid.UUID) -> Sequence[Agreement]:
    query = select(Agreement).where(Agreement.agency_id == agency_id)
    return act.session.scalars(query.order_by(Agreement.since.desc(), Agreement.id)).all()


def polygons(act: Act, agency_id: uuid.UUID) -> rules.Polygons | None:
    """An agency's jurisdiction as it was drawn."""
    query = select(JurisdictionShape.polygons).where(JurisdictionShape.agency_id == agency_id)
    return act.session.scalar(query)


# — The directory —


@dataclass(frozen=True)
class Wish:
    """What of the directory somebody wants to see. `here`: those that serve the town; `former`: those that left."""

    terms: tuple[str, ...] = ()
    kind: str = ""
    region: str = ""
    here: bool = False
    former: bool = False


@dataclass(frozen=True)
class Listed:
    """An agency in a list."""

    number: int
    slug: str
    kind: str
    name: str
    about: str
    place: str
    region: str
    state: str
    left_on: date | None


def version(act: Act) -> int:
    """A number that is another one after every change of the directory: for caches."""
    return act.session.scalar(select(Counter.value).where(Counter.name == "directory")) or 0


def agencies(act: Act) -> Sequence[Agency]:
    """Those that serve this town now, by name."""
    query = select(Agency).where(Agency.state.in_(PUBLIC), Agency.left_on.is_(None), _serves(act))
    return act.session.scalars(query.order_by(Agency.name, Agency.number)).all()


def _serves(act: Act) -> ColumnElement[bool]:
    """Whether an agency serves a part of the town; in a town without a map, whether it serves all of it."""
    cells = places.town_cells(act)
    if not cells:
        return Agency.whole_town
    return Agency.id.in_(select(Jurisdiction.agency_id).where(Jurisdiction.cell7.in_(sorted(cells))))


def directory(act: Act, limit: int, wish: Wish, after: tuple[str, int] | None = None) -> list[Listed]:
    """Agencies that were approved, by name, after the one with this name and number."""
    query = select(
        Agency.number,
        Agency.slug,
        Agency.kind,
        Agency.name,
        Agency.about,
        Agency.place,
        Agency.region,
        Agency.state,
        Agency.left_on,
    ).where(Agency.state.in_(PUBLIC), Agency.left_on.is_not(None) if wish.former else Agency.left_on.is_(None))
    if wish.kind:
        query = query.where(Agency.kind == wish.kind)
    if wish.region:
        query = query.where(Agency.region == wish.region)
    if wish.here:
        query = query.where(_serves(act))
    if wish.terms:
        found = select(AGENCY_TEXT.c.rowid).where(
            AGENCY_TEXT.c.agency_text.op("MATCH")(fulltext.search_expression(wish.terms))
        )
        # Without its index: a word that thousands share would be sorted by name, where walking the names ends early.
        query = query.where((Agency.number + 0).in_(found))
    if after is not None:
        query = query.where(tuple_(Agency.name, Agency.number) > after)
    rows = act.session.execute(query.order_by(Agency.name, Agency.number).limit(limit))
    return [Listed(*row) for row in rows]


def regions(act: Act) -> Sequence[str]:
    """Every region that an agency of the directory is in."""
    query = select(Agency.region).where(Agency.state.in_(PUBLIC), Agency.region != "").distinct()
    return act.session.scalars(query.order_by(Agency.region)).all()


def tallies(act: Act) -> tuple[tuple[date, ...], tuple[rules.Tally, ...]]:
    """Months, and for each kind how many agencies were members at their ends."""
    found = []
    for day in (Agency.joined_on, Agency.left_on):
        month = func.substr(day, 1, 7).label("month")
        query = select(Agency.kind, month, func.count()).where(Agency.state.in_(PUBLIC), day.is_not(None))
        found.append([tuple(row) for row in act.session.execute(query.group_by(Agency.kind, month))])
    return rules.tallies(*found, act.now.date())


def described(act: Act, public: bool = True, slugs: Sequence[str] | None = None) -> list[tuple[Agency, rules.Proposal]]:
    """Agencies as a file describes them, by their slugs: those of the directory, or all with these slugs."""
    query: Select[tuple[Agency, rules.Polygons | None]] = (
        select(Agency, JurisdictionShape.polygons)
        .outerjoin(JurisdictionShape, JurisdictionShape.agency_id == Agency.id)
        .order_by(Agency.slug)
    )
    if public:
        query = query.where(Agency.state.in_(PUBLIC))
    if slugs is not None:
        query = query.where(Agency.slug.in_(slugs))
    agreed: dict[uuid.UUID, list[rules.Agreed]] = {}
    for row in act.session.scalars(select(Agreement).order_by(Agreement.since, Agreement.id)):
        one = rules.Agreed(row.kind, row.with_whom, row.since, row.until, row.link)
        agreed.setdefault(row.agency_id, []).append(one)
    return [
        (row, replace(description(row, drawn), agreements=tuple(agreed.get(row.id, ()))))
        for row, drawn in act.session.execute(query)
    ]


def description(row: Agency, drawn: rules.Polygons | None) -> rules.Proposal:
    """An agency as somebody would propose it, without its agreements."""
    return rules.Proposal(
        row.slug,
        row.kind,
        row.name,
        row.email,
        row.joined_on,
        row.left_on,
        row.about,
        row.phone,
        row.address,
        row.website,
        row.place,
        row.region,
        row.whole_town,
        drawn,
    )


# — What waits for an operator —


def waiting(act: Act, state: str, limit: int, after: tuple[str, int] | None = None) -> Sequence[Agency]:
    """Agencies in a state, by name: proposed ones, confirmed ones."""
    query = select(Agency).where(Agency.state == state)
    if after is not None:
        query = query.where(tuple_(Agency.name, Agency.number) > after)
    return act.session.scalars(query.order_by(Agency.name, Agency.number).limit(limit)).all()


def to_approve(act: Act, limit: int, after: tuple[str, int] | None = None) -> Sequence[Agency]:
    """Confirmed agencies that the asker may approve: somebody else attested for them."""
    query = select(Agency).where(
        Agency.state == "confirmed",
        Agency.proposed_by != "",
        func.lower(Agency.proposed_by) != act.actor.name.lower(),
        Agency.proposed_by_id.is_distinct_from(act.actor.id),
    )
    if after is not None:
        query = query.where(tuple_(Agency.name, Agency.number) > after)
    return act.session.scalars(query.order_by(Agency.name, Agency.number).limit(limit)).all()


def count(act: Act, state: str) -> int:
    return act.session.scalar(select(func.count()).select_from(Agency).where(Agency.state == state)) or 0


def ending(act: Act, limit: int, agency_id: uuid.UUID | None = None) -> Sequence[Agency]:
    """Members whose verification ends within RENEW_DAYS, or has ended: the longest ago first; or only this one."""
    soon = act.now + timedelta(days=rules.RENEW_DAYS)
    query = select(Agency).where(
        Agency.left_on.is_(None),
        or_(Agency.state == "lapsed", and_(Agency.state == "verified", Agency.verified_until <= soon)),
    )
    if agency_id is not None:
        query = query.where(Agency.id == agency_id)
    return act.session.scalars(query.order_by(Agency.verified_until, Agency.number).limit(limit)).all()


def to_be_asked(act: Act, limit: int) -> Sequence[Agency]:
    """Members whose verification ends within RENEW_DAYS, and who have had no letter about that."""
    soon = act.now + timedelta(days=rules.RENEW_DAYS)
    query = select(Agency).where(
        Agency.state == "verified",
        Agency.left_on.is_(None),
        Agency.asked_at.is_(None),
        Agency.verified_until <= soon,
        Agency.verified_until > act.now,
    )
    return act.session.scalars(query.order_by(Agency.verified_until).limit(limit)).all()


def lapsing(act: Act) -> Sequence[Agency]:
    query = select(Agency).where(Agency.state == "verified", Agency.left_on.is_(None), Agency.verified_until <= act.now)
    return act.session.scalars(query).all()


def operators(act: Act) -> int:
    """How many people could approve: operators who can sign in."""
    query = select(func.count()).select_from(Account).where(Account.kind == "operator")
    return act.session.scalar(query.where(Account.confirmed_at.is_not(None))) or 0
