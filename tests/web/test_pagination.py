"""Pages that begin after the last row of the one before."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest

from portal.web.pagination import decode, encode, page
from tests import people
from tests.helpers import Town


def cursor(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@given(st.sets(st.integers(0, 10_000), max_size=60), st.integers(1, 9))
def test_all_pages_together_are_the_whole_list(numbers: set[int], size: int) -> None:
    rows, seen, before = sorted(numbers, reverse=True), [], None
    for _ in range(len(rows) + 2):
        left = [row for row in rows if before is None or row < before]
        shown = page(left[: size + 1], size, lambda row: (row,))
        seen += shown.rows
        assert len(shown.rows) <= size
        if shown.next is None:
            break
        key = decode(shown.next, int)
        assert key is not None
        before = key[0]
    assert seen == rows


@given(st.lists(st.text(max_size=20) | st.integers(-(2**63) + 1, 2**63 - 1), min_size=1, max_size=3))
def test_a_cursor_carries_its_key_unchanged(key: list[Any]) -> None:
    assert decode(encode(*key), *(type(part) for part in key)) == tuple(key)


FORGED = [
    "forged",
    "%%%",
    "é",
    "=",
    "\x00",
    cursor("text"),
    cursor({"a": 1}),
    cursor([]),
    cursor(["1"]),
    cursor([1, 2]),
    cursor([True]),
    cursor([None]),
    cursor([1.5]),
    cursor([[1]]),
    cursor([2**63]),
    cursor([-(2**63) - 1]),
    cursor([10**30]),
    base64.urlsafe_b64encode(b"[" * 2000).decode(),
    base64.urlsafe_b64encode(b"[" + b"9" * 5000 + b"]").decode(),
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
]


@pytest.mark.parametrize("text", FORGED)
def test_a_forged_cursor_is_a_bad_request(text: str) -> None:
    with pytest.raises(BadRequest):
        decode(text, int)


@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_no_text_breaks_the_reading_of_cursors(text: str) -> None:
    try:
        key = decode(text, int)
    except BadRequest:
        return
    assert key is None or type(key[0]) is int


def test_every_list_answers_a_forged_cursor_with_400(town: Town) -> None:
    browser = town.browser(people.everybody(town).rosa)
    odd = ("forged", cursor([10**30]), cursor(["a", "b"]), cursor(["2026-05-14", "no-uuid"]), cursor(["x" * 999]))
    for path in ("/ledger", "/feed", "/devices/feed", "/agencies/maple-police", "/devices"):
        for text in odd:
            assert browser.client.get(path, query_string={"before": text}).status_code == 400, (path, text)


def test_no_cursor_is_the_first_page() -> None:
    assert decode(None, int) is None
    assert decode("", int) is None
