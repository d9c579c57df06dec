"""Agencies, and who speaks for them."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from portal.accounts.models import Account
from portal.agencies.models import Agency, Membership
from portal.db import Act


def agencies(act: Act) -> Sequence[Agency]:
    return act.session.scalars(select(Agency).order_by(Agency.name)).all()


def by_slug(act: Act, slug: str) -> Agency | None:
    return act.session.scalar(select(Agency).where(Agency.slug == slug))


def agency(act: Act, agency_id: uuid.UUID) -> Agency | None:
    return act.session.get(Agency, agency_id)


def current_agency(act: Act, account_id: uuid.UUID) -> uuid.UUID | None:
    """The agency that this account speaks for now."""
    return act.session.scalar(
        select(Membership.agency_id).where(Membership.account_id == account_id, Membership.ended_at.is_(None))
    )


def members(act: Act, agency_id: uuid.UUID) -> Sequence[tuple[str, str]]:
    """(name, title) of those who speak for an agency now."""
    query = (
        select(Account.name, Membership.title)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.agency_id == agency_id, Membership.ended_at.is_(None))
        .order_by(Account.name)
    )
    return [(row[0], row[1]) for row in act.session.execute(query)]
