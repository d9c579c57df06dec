"""Joining, confirming, signing in, changing and resetting passwords.

Passwords arrive here already hashed: hashing takes tens of milliseconds, and the write lock is not for that.
"""

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from portal import codes
from portal.accounts import access, queries, rules
from portal.accounts.models import Account, Household, Invitation, OneTimeLink, ReservedDomain
from portal.audit.service import record
from portal.db import Act, Refusal, new_id


@dataclass(frozen=True)
class Letter:
    """What has to be mailed: the view knows the words and the addresses of pages."""

    purpose: str
    email: str
    name: str
    token: str


def add_household(act: Act, address: str) -> Household:
    household = Household(id=new_id(), address=address.strip(), created_at=act.now)
    act.session.add(household)
    record(act, "household.added", household)
    return household


def invite_household(act: Act, household_id: uuid.UUID) -> str:
    """A new invitation code for a household. Its number of invitations is public: a false resident is the way
    around every wall, so the town can count (`/guarantee`)."""
    code = codes.new_code(rules.INVITATION_LENGTH)
    invitation = Invitation(
        id=new_id(),
        code_hash=codes.digest(code),
        household_id=household_id,
        created_at=act.now,
        expires_at=act.now + timedelta(days=rules.INVITATION_DAYS),
        uses_left=rules.INVITATION_USES,
    )
    act.session.add(invitation)
    record(act, "invitation.made", invitation, {"uses": rules.INVITATION_USES, "days": rules.INVITATION_DAYS})
    return code


def join(act: Act, code: str, email: str, name: str, password_hash: str) -> tuple[Account, Letter]:
    """A new resident of the household that the code is for. The address must be confirmed before sign-in.

    Raises Refusal: invitation-unusable, agency-domain, email-taken.
    """
    invitation = access.invitation(act, code)
    account, letter = open_account(act, "resident", email, name, password_hash, invitation.household_id)
    invitation.uses_left -= 1
    return account, letter


def open_account(
    act: Act,
    kind: str,
    email: str,
    name: str,
    password_hash: str,
    household_id: uuid.UUID | None = None,
    purpose: str = "confirm",
) -> tuple[Account, Letter]:
    """A new account, and the letter that confirms its address (`welcome` lets a work account choose a password).

    Raises Refusal: agency-domain, email-taken.
    """
    email = rules.canonical(email)
    rules.check_domain(kind, queries.reserved_domains(act, email))
    if queries.by_email(act, email) is not None:
        raise Refusal("email-taken", "email")
    account = Account(
        id=new_id(),
        kind=kind,
        email=email,
        name=name.strip(),
        password_hash=password_hash,
        session_key=codes.new_token(),
        household_id=household_id,
        created_at=act.now,
    )
    act.session.add(account)
    act.session.flush()
    # That a work account was opened is public; that a neighbour joined is theirs.
    record(act, "account.opened", account, None if kind == "resident" else {"kind": kind})
    return account, _letter(act, account, purpose)


def _letter(act: Act, account: Account, purpose: str) -> Letter:
    token = codes.new_token()
    act.session.execute(delete(OneTimeLink).where(OneTimeLink.account_id == account.id, OneTimeLink.purpose == purpose))
    act.session.add(
        OneTimeLink(
            token_hash=codes.digest(token),
            account_id=account.id,
            purpose=purpose,
            expires_at=act.now + rules.LINK_LIFETIME[purpose],
        )
    )
    return Letter(purpose, account.email, account.name, token)


def confirm(act: Act, token: str) -> Account:
    """Use a confirmation link. Raises Refusal("link-unusable")."""
    link = access.link(act, token, "confirm")
    account = act.session.get_one(Account, link.account_id)
    account.confirmed_at = act.now
    act.session.delete(link)
    record(act, "account.confirmed", account)
    return account


def send_confirmation_again(act: Act, email: str) -> Letter | None:
    account = queries.by_email(act, email)
    return _letter(act, account, "confirm") if account and account.confirmed_at is None else None


def forgot_password(act: Act, email: str) -> Letter | None:
    """The letter with a reset link, or None: the page says the same in both cases."""
    account = queries.by_email(act, email)
    if account is None or account.confirmed_at is None:
        return None
    record(act, "password.forgotten", account)
    return _letter(act, account, "reset")


def reset_password(act: Act, token: str, password_hash: str) -> Account:
    """Use a reset or welcome link; ends every session. Raises Refusal("link-unusable")."""
    link = access.link(act, token, "reset", "welcome")
    account = act.session.get_one(Account, link.account_id)
    account.confirmed_at = account.confirmed_at or act.now  # the link came by mail to this very address
    act.session.delete(link)
    _set_password(act, account, password_hash, "password.reset")
    return account


def change_password(act: Act, password_hash: str) -> Account:
    """A new password for the one who acts, and the end of all their other sessions."""
    account = access.own_account(act)
    _set_password(act, account, password_hash, "password.changed")
    return account


def _set_password(act: Act, account: Account, password_hash: str, kind: str) -> None:
    account.password_hash = password_hash
    account.session_key = codes.new_token()
    act.session.execute(
        delete(OneTimeLink).where(OneTimeLink.account_id == account.id, OneTimeLink.purpose.in_(("reset", "welcome")))
    )
    record(act, kind, account)


def end_sessions(act: Act) -> Account:
    account = access.own_account(act)
    account.session_key = codes.new_token()
    record(act, "sessions.ended", account)
    return account


def accept_guidelines(act: Act) -> None:
    account = access.own_account(act)
    if account.guidelines_at is None:
        account.guidelines_at = act.now
        record(act, "guidelines.accepted", account)


def suspend(act: Act, account: Account, until: datetime | None) -> None:
    """A moderator's suspension: it ends by itself at `until`. None ends it now."""
    account.suspended_until = until
    record(act, "account.suspended" if until else "account.suspension-lifted", account)


def barred_from(act: Act, domains: Mapping[str, bool]) -> dict[str, int]:
    """Those of the domains (-> whether it is a police agency's) on which, or below which, somebody has an account of a
    kind that may not be there, and how many do."""
    kinds = rules.NEVER_ON_AGENCY_DOMAIN + rules.NEVER_ON_POLICE_DOMAIN
    found: Counter[str] = Counter()
    for kind, email in act.session.execute(select(Account.kind, Account.email).where(Account.kind.in_(kinds))):
        for domain in rules.domains(email):
            if domain in domains and (kind in rules.NEVER_ON_AGENCY_DOMAIN or domains[domain]):
                found[domain] += 1
    return dict(found)


def reserve_domains(act: Act, domains: Mapping[str, bool]) -> None:
    """Keep agencies' mail domains (-> whether it is a police agency's) for the agencies. Raises
    Refusal("domain-has-residents") when an account is on one already that may not be, a resident's or a moderator's:
    those people have to change their address first."""
    if barred := barred_from(act, domains):
        raise Refusal("domain-has-residents", "email", count=sum(barred.values()))
    act.session.execute(delete(ReservedDomain).where(ReservedDomain.domain.in_(list(domains))))
    act.session.execute(
        insert(ReservedDomain), [{"domain": domain, "police": police} for domain, police in domains.items()]
    )


def release_domain(act: Act, domain: str) -> None:
    """A mail domain is no agency's any more."""
    act.session.execute(delete(ReservedDomain).where(ReservedDomain.domain == domain))
