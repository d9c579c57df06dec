"""Who is asking: an account by its session, a device by its token, or a visitor."""

from flask import g, request
from flask_login import current_user

from portal.accounts.models import Account
from portal.accounts.queries import by_session_key
from portal.accounts.views import SignedIn
from portal.agencies.queries import current_agency
from portal.db import VISITOR, Act, Actor
from portal.devices.queries import device_by_token
from portal.extensions import login, orm
from portal.neighbourhoods.queries import home_cell
from portal.web.context import reading
from portal.web.problems import Problem


@login.user_loader
def _load(session_key: str) -> SignedIn | None:
    account = by_session_key(reading(), session_key)
    return SignedIn(account) if account is not None and account.confirmed_at is not None else None


def who_asks() -> Actor:
    """The asker of this request. Under /api/ cookies count for nothing: a device shows its token or is nobody."""
    if request.path.startswith("/api/"):
        return _device()
    return actor_for(reading(), current_user.account) if current_user.is_authenticated else VISITOR


def actor_for(act: Act, account: Account) -> Actor:
    """An account as the one who acts: also for jobs that look on somebody's behalf."""
    until = account.suspended_until
    return Actor(
        account.kind,
        account.id,
        account.name,
        household_id=account.household_id,
        agency_id=current_agency(act, account.id) if account.kind == "agency" else None,
        home_cell=home_cell(act, account.household_id) if account.household_id else None,
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
