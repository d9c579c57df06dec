"""Who is asking: an account by its session, a device by its token, or a visitor."""

import uuid
from typing import Any

from flask import g, request
from flask_login import current_user
from sqlalchemy import and_, bindparam, select

from portal.accounts.models import Account
from portal.accounts.sessions import SignedIn
from portal.agencies.models import Membership
from portal.agencies.queries import current_agency
from portal.db import VISITOR, Act, Actor
from portal.devices.queries import device_by_token
from portal.extensions import login, orm
from portal.neighbourhoods.models import Home
from portal.neighbourhoods.queries import home_cell
from portal.web.context import reading
from portal.web.problems import Problem

# Asked at every request: all that makes an actor, in one statement that is made once.
_ASKER = (
    select(
        Account.id,
        Account.kind,
        Account.name,
        Account.session_key,
        Account.household_id,
        Account.suspended_until,
        Home.cell9,
        Membership.agency_id,
    )
    .outerjoin(Home, Home.household_id == Account.household_id)
    .outerjoin(Membership, and_(Membership.account_id == Account.id, Membership.ended_at.is_(None)))
    .where(Account.session_key == bindparam("key"), Account.confirmed_at.is_not(None))
)


@login.user_loader
def _load(session_key: str) -> SignedIn | None:
    row = reading().session.connection().execute(_ASKER, {"key": session_key}).first()
    return SignedIn(row) if row is not None else None


def who_asks() -> Actor:
    """The asker of this request. Under /api/ cookies count for nothing: a device shows its token or is nobody."""
    if request.path.startswith("/api/"):
        return _device()
    if not current_user.is_authenticated:
        return VISITOR
    row = current_user.account
    return _actor(reading(), row, row.agency_id if row.kind == "agency" else None, row.cell9)


def actor_for(act: Act, account: Account) -> Actor:
    """An account as the one who acts: also for jobs that look on somebody's behalf."""
    agency_id = current_agency(act, account.id) if account.kind == "agency" else None
    return _actor(act, account, agency_id, home_cell(act, account.household_id) if account.household_id else None)


def _actor(act: Act, account: Any, agency_id: uuid.UUID | None, home_cell: str | None) -> Actor:
    until = account.suspended_until
    return Actor(
        account.kind,
        account.id,
        account.name,
        household_id=account.household_id,
        agency_id=agency_id,
        home_cell=home_cell,
        suspended_until=until if until and until > act.now else None,
    )


def _device() -> Actor:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not token or scheme.lower() != "bearer":
        return VISITOR
    device = device_by_token(reading(), token.strip())
    if device is None or device.removed_at is not None:
        # Only a route for devices says so: a doorbell that was removed may still be paired again.
        g.refused = Problem("unauthorised" if device is None else "device-removed")
        return VISITOR
    orm.session.expunge(device)  # as it is now: it outlives the reading session, which ends before a body comes
    g.device = device
    return Actor("device", device.id, household_id=device.household_id)
