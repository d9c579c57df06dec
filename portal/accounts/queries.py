"""Finding accounts, passkeys, households and invitations."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select

from portal import codes
from portal.accounts import rules
from portal.accounts.models import Account, Household, Invitation, OneTimeLink, Passkey, ReservedDomain
from portal.db import Act


def by_email(act: Act, email: str) -> Account | None:
    return act.session.scalar(select(Account).where(Account.email == rules.canonical(email)))


def by_session_key(act: Act, key: str) -> Account | None:
    return act.session.scalar(select(Account).where(Account.session_key == key))


def account(act: Act, account_id: uuid.UUID) -> Account | None:
    return act.session.get(Account, account_id)


def reserved_domains(act: Act, email: str) -> dict[str, bool]:
    """Those of the address's domains that are an agency's -> whether it is a police agency's."""
    found = act.session.scalars(select(ReservedDomain).where(ReservedDomain.domain.in_(rules.domains(email))))
    return {row.domain: row.police for row in found}


def open_invitation(act: Act, code: str) -> Invitation | None:
    """The invitation that this code opens now."""
    return act.session.scalar(
        select(Invitation).where(
            Invitation.code_hash == codes.digest(codes.normalise(code)),
            Invitation.expires_at > act.now,
            Invitation.uses_left > 0,
        )
    )


def open_link(act: Act, token: str, *purposes: str) -> OneTimeLink | None:
    return act.session.scalar(
        select(OneTimeLink).where(
            OneTimeLink.token_hash == codes.digest(token),
            OneTimeLink.purpose.in_(purposes),
            OneTimeLink.expires_at > act.now,
        )
    )


def passkeys(act: Act, account_id: uuid.UUID) -> Sequence[Passkey]:
    """An account's passkeys, the oldest first."""
    query = select(Passkey).where(Passkey.account_id == account_id)
    return act.session.scalars(query.order_by(Passkey.added_at, Passkey.id)).all()


def passkey(act: Act, account_id: uuid.UUID, passkey_id: uuid.UUID) -> Passkey | None:
    query = select(Passkey).where(Passkey.id == passkey_id, Passkey.account_id == account_id)
    return act.session.scalar(query)


def passkey_by_credential(act: Act, account_id: uuid.UUID, credential_id: bytes) -> Passkey | None:
    query = select(Passkey).where(Passkey.credential_id == credential_id, Passkey.account_id == account_id)
    return act.session.scalar(query)


def household_address(act: Act, household_id: uuid.UUID) -> str:
    return act.session.scalars(select(Household.address).where(Household.id == household_id)).one()


def households(act: Act) -> Sequence[tuple[Household, int, int]]:
    """Every household with the number of its residents and of its open invitations, by address."""
    residents = select(func.count()).where(Account.household_id == Household.id).correlate(Household).scalar_subquery()
    invitations = (
        select(func.count())
        .where(Invitation.household_id == Household.id, Invitation.expires_at > act.now, Invitation.uses_left > 0)
        .correlate(Household)
        .scalar_subquery()
    )
    query = select(Household, residents, invitations).order_by(Household.address)
    return [tuple(row) for row in act.session.execute(query)]  # type: ignore[misc]


def household_members(act: Act, household_id: uuid.UUID) -> Sequence[Account]:
    query = select(Account).where(Account.household_id == household_id, Account.confirmed_at.is_not(None))
    return act.session.scalars(query.order_by(Account.created_at)).all()
