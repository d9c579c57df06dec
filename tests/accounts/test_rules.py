"""What accounts must be like."""

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal import codes
from portal.accounts import passwords, rules
from portal.db import Refusal

ROSA = ("rosa.marin@maple.example", "Rosa Marín")


def refused(password: str, email: str = ROSA[0], name: str = ROSA[1]) -> str | None:
    try:
        rules.check_password(password, email, name)
    except Refusal as refusal:
        return refusal.code
    return None


@given(st.text(max_size=rules.PASSWORD_LEAST - 1))
def test_a_short_password_is_refused_whatever_signs_it_has(password: str) -> None:
    assert refused(password) == "password-short"


@given(st.text(min_size=rules.PASSWORD_MOST + 1, max_size=rules.PASSWORD_MOST + 50))
def test_a_password_that_would_keep_the_server_busy_is_refused(password: str) -> None:
    assert refused(password) == "password-long"


@given(st.text(min_size=rules.PASSWORD_LEAST, max_size=rules.PASSWORD_MOST))
def test_any_other_is_taken_without_rules_about_signs(password: str) -> None:
    plain = password.casefold()
    assume(len(set(plain)) >= 4 and "rosa" not in plain)
    assert refused(password) is None


@pytest.mark.parametrize(
    "password", ["three plain words", "correct horse battery", "ÄÖÜ äöü ßßß", "パスワードはひみつです"]
)
def test_plain_words_in_any_script_do(password: str) -> None:
    assert refused(password) is None


@pytest.mark.parametrize(
    "password",
    ["rosa.marin", "ROSA.MARIN", "rosa.marinrosa.marin", "RosaMarín1", "rosa.marin123", "aaaaaaaaaaaa", "121212121212"],
)
def test_a_password_of_ones_own_name_or_of_few_signs_is_refused(password: str) -> None:
    assert refused(password) == ("password-obvious" if len(password) >= rules.PASSWORD_LEAST else "password-short")


@given(st.text(min_size=1, max_size=30))
def test_what_is_stored_is_argon2id_and_never_the_password(password: str) -> None:
    # Hashing is slow on purpose: this looks at the form alone, and once at the match below.
    assert passwords.UNKNOWN.startswith("$argon2id$")
    assert password == "" or not passwords.UNKNOWN.endswith(password) or len(password) < 5


def test_a_hash_matches_its_password_alone_and_differs_each_time() -> None:
    first, second = passwords.hashed("three plain words"), passwords.hashed("three plain words")
    assert first != second
    assert first.startswith("$argon2id$v=19$")
    assert passwords.matches(first, "three plain words")
    assert not passwords.matches(first, "three plain word")
    assert not passwords.matches("not a hash", "three plain words")


label = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)


@given(st.lists(label, min_size=2, max_size=4), st.lists(label, max_size=3), st.booleans())
def test_a_subdomain_of_an_agencys_domain_is_the_agencys(domain: list[str], below: list[str], loud: bool) -> None:
    agency = ".".join(domain)
    address = "someone@" + ".".join([*below, *domain])
    assert agency in rules.domains(address.upper() if loud else address)


@given(label, label)
def test_a_domain_that_only_looks_like_an_agencys_is_not(prefix: str, suffix: str) -> None:
    agency = "police.maple.example"
    for domain in (
        f"{prefix}{agency}",
        f"{prefix}-{agency}",
        f"{agency}{suffix}",
        f"{agency}.{suffix}",
        "maple.example",
    ):
        assert agency not in rules.domains(f"a@{domain}")


@pytest.mark.parametrize(
    "address",
    [
        "a@ｐｏｌｉｃｅ.maple.example",
        "a@police。maple。example",
        "a@police．maple．example",
        "a@POLICE.Maple.Example",
        "a@police.maple.example.",
        "a@po\u00adlice.maple.example",
        "a@poli\u200bce.maple.example",
        " a@police.maple.example ",
    ],
)
def test_no_way_of_writing_hides_an_agencys_domain(address: str) -> None:
    assert "police.maple.example" in rules.domains(address)


@pytest.mark.parametrize(
    ("kind", "agency", "police"),
    [
        ("resident", True, True),
        ("moderator", True, True),
        ("operator", False, True),
        ("legal", False, True),
        ("auditor", False, True),
        ("agency", False, False),
    ],
)
def test_who_is_kept_off_which_domain(kind: str, agency: bool, police: bool) -> None:
    def barred(reserved: dict[str, bool]) -> bool:
        try:
            rules.check_domain(kind, reserved)
        except Refusal as refusal:
            assert (refusal.code, refusal.field) == ("agency-domain", "email")
            return True
        return False

    assert not barred({})
    assert barred({"town.maple.example": False}) == agency
    assert barred({"police.maple.example": True}) == police
    assert barred({"maple.example": False, "police.maple.example": True}) == police


@given(st.integers(1, 20))
def test_a_code_survives_being_typed_by_a_person(length: int) -> None:
    code = codes.new_code(length)
    assert set(code) <= set(codes.CROCKFORD)
    for typed in (code.lower(), codes.groups(code), f"  {codes.groups(code, 3)} ".replace("-", " ")):
        assert codes.normalise(typed) == code
    assert codes.normalise(code.replace("0", "o").replace("1", "l").replace("V", "u")) == code
    assert codes.normalise(code.replace("0", "O").replace("1", "I")) == code
