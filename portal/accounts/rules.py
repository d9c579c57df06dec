"""What accounts must be like. Plain functions: no database, no Flask."""

from contextlib import suppress
from datetime import timedelta

from portal.db import Refusal

PASSWORD_LEAST = 10
PASSWORD_MOST = 200
INVITATION_DAYS = 30
INVITATION_USES = 4
INVITATION_LENGTH = 12
LINK_LIFETIME = {
    "confirm": timedelta(days=3),
    "reset": timedelta(hours=1),
    "welcome": timedelta(days=7),
    "anew": timedelta(days=7),
}
PASSWORD_LINKS = ("reset", "welcome", "anew")  # those with which a password is chosen

HALF_LIFETIME = timedelta(minutes=5)  # between the password and the passkey
CHALLENGE_LIFETIME = timedelta(minutes=5)
SURE_LIFETIME = timedelta(minutes=10)  # for how long after proving who they are a person may change their passkeys
PASSKEYS_MOST = 10
PASSKEY_NAME_MOST = 60

# Kinds that may not be opened with an address on an agency's domain, and those barred from a police agency's only.
NEVER_ON_AGENCY_DOMAIN = ("resident", "moderator")
NEVER_ON_POLICE_DOMAIN = ("operator", "legal", "auditor")


def canonical(email: str) -> str:
    """The address as it is stored and compared: no space around, in lower case, and its domain as mail servers say it
    (IDNA), so that no other way of writing a domain hides whose it is."""
    local, at, domain = email.strip().lower().rpartition("@")
    with suppress(UnicodeError):  # no domain at all: the form says so, and nothing is ever sent there
        domain = domain.encode("idna").decode()
    return local + at + domain.rstrip(".")


def domains(email: str) -> list[str]:
    """The address's domain and every domain above it: a subdomain of an agency's is the agency's."""
    labels = canonical(email).rpartition("@")[2].split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


def check_domain(kind: str, reserved: dict[str, bool]) -> None:
    """`reserved` maps those of the address's domains that are an agency's to whether it is a police agency's.

    Raises Refusal("agency-domain", "email").
    """
    barred = (kind in NEVER_ON_AGENCY_DOMAIN and reserved) or (
        kind in NEVER_ON_POLICE_DOMAIN and any(reserved.values())
    )
    if barred:
        raise Refusal("agency-domain", "email")


def check_password(password: str, email: str, name: str) -> None:
    """Length over ornament (NIST SP 800-63B): no rule about signs, but not the person's own name or address.

    Raises Refusal with code password-short, password-long or password-obvious.
    """
    if len(password) < PASSWORD_LEAST:
        raise Refusal("password-short", "password", least=PASSWORD_LEAST)
    if len(password) > PASSWORD_MOST:
        raise Refusal("password-long", "password", most=PASSWORD_MOST)
    plain = password.casefold()
    parts = [part for part in (email.partition("@")[0], name.replace(" ", "")) if len(part) > 3]
    if len(set(plain)) < 4 or any(plain.replace(part.casefold(), "") in ("", "1", "123", "!") for part in parts):
        raise Refusal("password-obvious", "password")


def must_have_passkey(kind: str) -> bool:
    """Who speaks for an agency signs in with two factors; everybody else may choose to."""
    return kind == "agency"


def count_goes_on(before: int, now: int) -> bool:
    """Whether a passkey's count of its uses is one that the same device can have reached. One that goes back or stays
    tells of a copy; a device that keeps no count always says 0 (Web Authentication, section 6.1.1)."""
    return now > before or now == before == 0
