"""Passkeys (Web Authentication, level 2): what a browser is asked, and whether its answer is right.

Answers are JSON, as `PublicKeyCredential.toJSON()` makes it. The library's parsers read what a stranger sent and raise
whatever they meet there, so that any exception of theirs is a no.
"""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import options_to_json_dict, parse_registration_credential_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.accounts.models import Account, Passkey
from portal.accounts.rules import must_have_passkey
from portal.db import Refusal

TIMEOUT = 120_000  # milliseconds that a browser waits for its person
TRANSPORTS = {transport.value: transport for transport in AuthenticatorTransport}


@dataclass(frozen=True)
class Site:
    """Where passkeys work: a host name, the origin of its pages, and what a person's device shows as its name."""

    host: str
    origin: str
    name: str


@dataclass(frozen=True)
class Enrolled:
    """A new passkey, as its device described it."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]
    backed_up: bool


@dataclass(frozen=True)
class Shown:
    """A passkey that has answered rightly, and its count of its uses (to be compared with the one that is stored)."""

    passkey_id: uuid.UUID
    sign_count: int
    backed_up: bool


def enrolling(site: Site, account: Account, have: Iterable[Passkey], challenge: bytes) -> dict[str, Any]:
    """What `navigator.credentials.create` is asked. A device that holds one of `have` says so and makes no other."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=account.id.bytes,
        user_name=account.email,
        user_display_name=account.name,
        challenge=challenge,
        timeout=TIMEOUT,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=_verification(account)
        ),
        exclude_credentials=_described(have),
    )
    return options_to_json_dict(options)


def asking(site: Site, account: Account, have: Iterable[Passkey], challenge: bytes) -> dict[str, Any]:
    """What `navigator.credentials.get` is asked."""
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        timeout=TIMEOUT,
        allow_credentials=_described(have),
        user_verification=_verification(account),
    )
    return options_to_json_dict(options)


def enrolled(site: Site, account: Account, answer: str, challenge: bytes) -> Enrolled:
    """Raises Refusal: passkey-wrong, passkey-unverified."""
    try:
        found = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
        transports = parse_registration_credential_json(answer).response.transports or []
    except Exception as error:
        raise Refusal("passkey-wrong") from error
    _check_verified(account, found.user_verified)
    return Enrolled(
        found.credential_id,
        found.credential_public_key,
        found.sign_count,
        [transport.value for transport in transports],
        found.credential_backed_up,
    )


def credential_in(answer: str) -> bytes:
    """Which credential an answer says that it comes from. Raises Refusal("passkey-wrong")."""
    try:
        return base64url_to_bytes(json.loads(answer)["id"])
    except Exception as error:
        raise Refusal("passkey-wrong") from error


def shown(site: Site, account: Account, passkey: Passkey, answer: str, challenge: bytes) -> Shown:
    """Raises Refusal: passkey-wrong, passkey-unverified."""
    try:
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=-1,  # compared in the act that stores the new one: no two answers at once
        )
    except Exception as error:
        raise Refusal("passkey-wrong") from error
    _check_verified(account, found.user_verified)
    return Shown(passkey.id, found.new_sign_count, found.credential_backed_up)


def _check_verified(account: Account, verified: bool) -> None:
    if must_have_passkey(account.kind) and not verified:
        raise Refusal("passkey-unverified")


def _verification(account: Account) -> UserVerificationRequirement:
    required = must_have_passkey(account.kind)
    return UserVerificationRequirement.REQUIRED if required else UserVerificationRequirement.PREFERRED


def _described(passkeys: Iterable[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=passkey.credential_id,
            transports=[TRANSPORTS[name] for name in passkey.transports if name in TRANSPORTS],
        )
        for passkey in passkeys
    ]
