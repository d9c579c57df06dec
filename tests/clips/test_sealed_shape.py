"""What passes for sealed. Nobody here can open a clip, so its shape is all that can be checked, and it is checked."""

import base64

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.clips import rules
from portal.db import Refusal

KEYS = [pyrage.x25519.Identity.generate().to_public() for _n in range(6)]
MAC = b"--- " + b"A" * 43 + b"\n"
SHARE = b"-> X25519 " + b"B" * 43 + b"\n" + b"C" * 43 + b"\n"


def header(*stanzas: bytes) -> bytes:
    return rules.INTRO + b"".join(stanzas) + MAC


@given(st.binary(max_size=3000), st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_whatever_age_seals_to_all_recipients_is_accepted(content: bytes, count: int) -> None:
    sealed = pyrage.encrypt(content, KEYS[:count])
    length = rules.check_sealed(sealed, count)
    assert sealed[:length].endswith(b"\n") and sealed[:length].splitlines()[-1].startswith(b"--- ")
    assert len(sealed) >= length + rules.NONCE_AND_TAG


@given(st.integers(1, 6), st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_it_has_to_be_sealed_to_as_many_as_the_device_has(sealed_to: int, wanted: int) -> None:
    sealed = pyrage.encrypt(b"a film", KEYS[:sealed_to])
    if sealed_to == wanted:
        rules.check_sealed(sealed, wanted)
    else:
        with pytest.raises(Refusal, match="not-sealed") as refused:
            rules.check_sealed(sealed, wanted)
        assert str(sealed_to) in refused.value.params["detail"]


_parts = st.lists(
    st.one_of(
        st.sampled_from([rules.INTRO, MAC, SHARE, b"-> ", b"-> X25519", b"-> a-grease\n\n", b"\n", b"--- ", b"A" * 64]),
        st.binary(max_size=40),
    ),
    max_size=12,
).map(b"".join)


@given(st.one_of(st.binary(max_size=300), _parts, _parts.map(lambda parts: rules.INTRO + parts)), st.integers(0, 4))
@settings(max_examples=400, deadline=None)
def test_no_bytes_do_anything_but_pass_or_be_refused(head: bytes, recipients: int) -> None:
    try:
        length = rules.check_sealed(head, recipients)
    except Refusal as refusal:
        assert refusal.code == "not-sealed" and refusal.params["detail"]
    else:
        assert head.startswith(rules.INTRO) and 0 < length <= len(head)


def test_no_cut_header_is_accepted() -> None:
    sealed = pyrage.encrypt(b"a film", KEYS[:2])
    for length in range(rules.check_sealed(sealed, 2)):
        with pytest.raises(Refusal, match="not-sealed"):
            rules.check_sealed(sealed[:length], 2)


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (b"", "does not begin"),
        (b"\0\0\0\x20ftypisom", "does not begin"),
        (b"PK\x03\x04", "does not begin"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----\n", "does not begin"),
        (b"age-encryption.org/v2\n" + SHARE + MAC, "does not begin"),
        (rules.INTRO + MAC, "0 recipients"),
        (header(SHARE, SHARE), "2 recipients"),
        (header(b"-> scrypt c2FsdA 18\n" + b"C" * 43 + b"\n"), "something else"),
        (header(SHARE, b"-> ssh-ed25519 AAAA BBBB\n" + b"C" * 43 + b"\n"), "something else"),
        (header(SHARE, b"-> piv-p256 AAAA BBBB\n" + b"C" * 43 + b"\n"), "something else"),
        (header(SHARE, b"-> grease AAAA\n\n"), "something else"),
        (header(b"-> X25519 short\n" + b"C" * 43 + b"\n"), "X25519 stanza"),
        (header(b"-> X25519 " + b"B" * 43 + b" more\n" + b"C" * 43 + b"\n"), "X25519 stanza"),
        (header(b"-> X25519 " + b"B" * 43 + b"\n" + b"C" * 42 + b"\n"), "X25519 stanza"),
        (header(b"-> X25519 " + b"B" * 43 + b"\n" + b"*" * 43 + b"\n"), "body"),
        (header(b"-> X25519 " + b"B" * 43 + b"\n" + b"C" * 65 + b"\n"), "body"),
        (header(b"nonsense\n"), "malformed"),
        (rules.INTRO + SHARE + b"--- short\n", "MAC"),
        (rules.INTRO + SHARE, "no end"),
        (header(SHARE, *(b"-> a-grease\n\n" for _n in range(64))), "too many"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(head: bytes, why: str) -> None:
    with pytest.raises(Refusal, match="not-sealed") as refused:
        rules.check_sealed(head, 1)
    assert why in refused.value.params["detail"]


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("body", [b"\n", b"D" * 12 + b"\n", b"D" * 64 + b"\n\n", b"D" * 64 + b"\n" + b"D" * 9 + b"\n"])
def test_grease_is_accepted_wherever_it_stands_and_whatever_it_says(place: int, body: bytes) -> None:
    stanzas = [SHARE]
    stanzas.insert(place, b"-> 8#k-grease x y z\n" + body)
    assert rules.check_sealed(header(*stanzas), 1) == len(header(*stanzas))


@given(st.one_of(st.none(), st.text(max_size=90)))
@settings(max_examples=150, deadline=None)
def test_no_digest_header_does_anything_but_be_read_or_refused(value: str | None) -> None:
    try:
        assert len(rules.read_digest(value)) == 32
    except Refusal as refusal:
        assert refusal.code in ("digest-missing", "digest-wrong")


@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=50, deadline=None)
def test_a_digest_is_read_also_among_others(digest: bytes) -> None:
    said = f"sha-256=:{base64.b64encode(digest).decode()}:"
    for value in (said, f"sha-512=:AAAA:, {said}", f"{said}, sha-512=:AAAA:", f"  {said}  "):
        assert rules.read_digest(value) == digest
