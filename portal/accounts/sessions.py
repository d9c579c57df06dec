"""What a browser's session says: who is signed in, or who has shown the password and not yet the passkey.

A session is a signed cookie, and who has a copy of it can show it again. So it names keys that the database can change,
and what a passkey signs is kept there and not here. This is the one place that signs somebody in.
"""

from typing import Any

from flask import session
from flask_login import UserMixin, login_user, logout_user

from portal import codes
from portal.accounts import queries, rules
from portal.accounts.models import Account
from portal.web.context import porchlight, reading

HALF, HOLDER, SURE_AT = "half", "passkey_holder", "sure_at"


class SignedIn(UserMixin):
    """What Flask-Login keeps: a key that can be changed, so that a new password ends other sessions."""

    def __init__(self, account: Any) -> None:  # an Account, or a row with what an asker is made of
        self.account = account

    def get_id(self) -> str:
        return self.account.session_key


def _now() -> float:
    return porchlight().clock.now().timestamp()


def begin(account: Account) -> None:
    """Half signed in: the password was right, and a passkey is still to come. Opens nothing but the page for that."""
    leave()
    session[HALF] = [account.session_key, _now()]


def half() -> Account | None:
    """Who has shown the password in this session, not too long ago, and still has to show a passkey."""
    key, at = session.get(HALF, ("", 0))
    if _now() - at >= rules.HALF_LIFETIME.total_seconds():
        return None
    account = queries.by_session_key(reading(), key)
    return account if account is not None and account.confirmed_at is not None else None


def enter(account: Account) -> None:
    """Signed in: everything that this account's kind has to show was shown just now."""
    leave()
    session.permanent = True  # for PERMANENT_SESSION_LIFETIME: a phone stays signed in
    login_user(SignedIn(account))
    make_sure()


def go_on(account: Account) -> None:
    """Stay signed in with the account's new key, which has ended all other sessions."""
    login_user(SignedIn(account))


def leave() -> None:
    logout_user()
    for name in (HALF, HOLDER, SURE_AT):
        session.pop(name, None)


def make_sure() -> None:
    """The person at this browser has just proven to be who they are."""
    session[SURE_AT] = _now()


def is_sure() -> bool:
    return _now() - session.get(SURE_AT, 0) < rules.SURE_LIFETIME.total_seconds()


def holder() -> bytes:
    """What binds a challenge to this session: the digest of a random value that the session keeps from now on."""
    return codes.digest(session.setdefault(HOLDER, codes.new_token()))
