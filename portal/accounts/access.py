"""Whether this asker may go on with this account, passkey, invitation or link."""

import uuid

from portal.accounts import queries
from portal.accounts.models import Account, Invitation, OneTimeLink, Passkey
from portal.db import Act, NotFound, Refusal


def own_account(act: Act) -> Account:
    """The account of the one who asks."""
    found = queries.account(act, act.actor.id) if act.actor.id else None
    if found is None:
        raise NotFound
    return found


def may_write(act: Act) -> Account:
    """The asker's account, unless it is suspended now: who is may read, and not post, comment or report.

    Raises Refusal("suspended", until=…).
    """
    account = own_account(act)
    if account.suspended_until is not None and account.suspended_until > act.now:
        raise Refusal("suspended", until=account.suspended_until)
    return account


def knows_guidelines(act: Act) -> None:
    """Nobody writes who is suspended, or before they have accepted the guidelines.

    Raises Refusal: suspended (until=…), guidelines.
    """
    if may_write(act).guidelines_at is None:
        raise Refusal("guidelines")


def own_passkey(act: Act, passkey_id: uuid.UUID) -> Passkey:
    """A passkey of the one who asks."""
    found = queries.passkey(act, act.actor.id, passkey_id) if act.actor.id else None
    if found is None:
        raise NotFound
    return found


def invitation(act: Act, code: str) -> Invitation:
    """Raises Refusal("invitation-unusable", "code")."""
    found = queries.open_invitation(act, code)
    if found is None:
        raise Refusal("invitation-unusable", "code")
    return found


def link(act: Act, token: str, *purposes: str) -> OneTimeLink:
    """Raises Refusal("link-unusable")."""
    found = queries.open_link(act, token, *purposes)
    if found is None:
        raise Refusal("link-unusable")
    return found
