"""Joining, confirming, signing in, changing and resetting passwords, adding and removing passkeys.

Passwords arrive here already hashed: hashing takes tens of milliseconds, and the write lock is not for that.
"""

import secrets
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from portal import codes
from portal.accounts import access, queries, rules
from portal.accounts.models import (
    Account,
    Household,
    Invitation,
    OneTimeLink,
    Passkey,
    PasskeyChallenge,
    ReservedDomain,
)
from portal.accounts.passkeys import Enrolled, Shown
from portal.audit.service import record
from portal.db import Act, Actor, Refusal, new_id


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
    """Use a link that lets choose a password; ends every session, and leaves passkeys as they are.

    Raises Refusal("link-unusable").
    """
    link = access.link(act, token, *rules.PASSWORD_LINKS)
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
    links = delete(OneTimeLink).where(OneTimeLink.account_id == account.id)
    act.session.execute(links.where(OneTimeLink.purpose.in_(rules.PASSWORD_LINKS)))
    record(act, kind, account)


def end_sessions(act: Act) -> Account:
    account = access.own_account(act)
    account.session_key = codes.new_token()
    record(act, "sessions.ended", account)
    return account


def make_challenge(act: Act, account: Account, holder: bytes, purpose: str) -> bytes:
    """32 random bytes for a passkey of `account` to sign; they take the place of what this holder was asked before."""
    act.session.execute(
        delete(PasskeyChallenge).where((PasskeyChallenge.expires_at <= act.now) | (PasskeyChallenge.holder == holder))
    )
    challenge = secrets.token_bytes(32)
    act.session.add(
        PasskeyChallenge(
            holder=holder,
            account_id=account.id,
            purpose=purpose,
            challenge=challenge,
            expires_at=act.now + rules.CHALLENGE_LIFETIME,
        )
    )
    return challenge


def take_challenge(act: Act, account: Account, holder: bytes, purpose: str) -> bytes | None:
    """What this holder was asked, if it was this and is not too old. It is gone now, whatever comes of the answer."""
    found = act.session.get(PasskeyChallenge, holder)
    if found is None:
        return None
    act.session.delete(found)
    good = found.account_id == account.id and found.purpose == purpose and found.expires_at > act.now
    return found.challenge if good else None


def add_passkey(act: Act, account_id: uuid.UUID, new: Enrolled, name: str, is_first: bool) -> Account:
    """A passkey more. `is_first` when its person has shown the password only: then there may be none yet.

    The first one ends every session: they were opened without. Raises Refusal: passkey-taken, passkeys-most,
    passkey-there.
    """
    account = act.session.get_one(Account, account_id)
    have = queries.passkeys(act, account_id)
    if is_first and have:
        raise Refusal("passkey-there")
    if len(have) >= rules.PASSKEYS_MOST:
        raise Refusal("passkeys-most", most=rules.PASSKEYS_MOST)
    if act.session.scalar(select(Passkey.id).where(Passkey.credential_id == new.credential_id)) is not None:
        raise Refusal("passkey-taken")
    passkey = Passkey(
        id=new_id(),
        account_id=account_id,
        credential_id=new.credential_id,
        public_key=new.public_key,
        sign_count=new.sign_count,
        name=name,
        transports=new.transports,
        backed_up=new.backed_up,
        added_at=act.now,
    )
    act.session.add(passkey)
    if not have:
        account.session_key = codes.new_token()
    record(_by(act, account), "passkey.added", passkey)
    return account


def use_passkey(act: Act, account_id: uuid.UUID, shown: Shown) -> bool:
    """Note that a passkey has answered. False, and an entry in the ledger, when its count of uses went back: then it
    may have been copied, and its answer counts for nothing. Raises Refusal("passkey-unknown") when it is gone."""
    passkey = queries.passkey(act, account_id, shown.passkey_id)
    if passkey is None:
        raise Refusal("passkey-unknown")
    if not rules.count_goes_on(passkey.sign_count, shown.sign_count):
        record(_by(act, act.session.get_one(Account, account_id)), "passkey.count-went-back", passkey)
        return False
    passkey.sign_count = shown.sign_count
    passkey.backed_up = shown.backed_up
    passkey.last_used_at = act.now
    return True


def rename_passkey(act: Act, passkey_id: uuid.UUID, name: str) -> None:
    passkey = access.own_passkey(act, passkey_id)
    passkey.name = name
    record(act, "passkey.renamed", passkey)


def remove_passkey(act: Act, passkey_id: uuid.UUID) -> Account:
    """Remove one of the actor's passkeys, and end their other sessions: its device may be in other hands.

    Raises Refusal("passkey-last") for the last one of who must have one.
    """
    account = access.own_account(act)
    passkey = access.own_passkey(act, passkey_id)
    if rules.must_have_passkey(account.kind) and len(queries.passkeys(act, account.id)) == 1:
        raise Refusal("passkey-last")
    record(act, "passkey.removed", passkey)
    act.session.delete(passkey)
    account.session_key = codes.new_token()
    return account


def reset_passkeys(act: Act, email: str, reason: str, password_hash: str) -> Letter:
    """For who has lost all passkeys: remove them, end every session, and send a letter to begin with anew. The old
    password is replaced by `password_hash`, which nobody knows: it alone would else be enough to add a passkey.

    Public for who speaks for an agency, by name, and for other work accounts; that a neighbour lost theirs is the
    neighbour's. Raises Refusal("account-unknown", "email").
    """
    account = queries.by_email(act, email)
    if account is None:
        raise Refusal("account-unknown", "email")
    for passkey in queries.passkeys(act, account.id):
        act.session.delete(passkey)
    account.password_hash = password_hash
    account.session_key = codes.new_token()
    act.session.execute(delete(OneTimeLink).where(OneTimeLink.account_id == account.id))
    if account.kind == "agency":
        record(act, "passkeys.reset", account, {"name": account.name, "reason": reason})
    else:
        facts = None if account.kind == "resident" else {"kind": account.kind, "reason": reason}
        record(act, "passkeys.reset-unnamed", account, facts)
    return _letter(act, account, "anew")


def _by(act: Act, account: Account) -> Act:
    """The act as that of who is about to sign in: to the gate they are a visitor still."""
    return replace(act, actor=Actor(account.kind, account.id, account.name))


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
