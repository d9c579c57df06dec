"""What an agency may say. A text that asks residents for footage (R1), or says what somebody looks like (R5), is held
for people to read.

How such a text is found stands in `portal.wording`. It explains itself with the words that it found.
"""

from dataclasses import dataclass

from portal.db import Refusal
from portal.wording import check, check_fields

MOST_TITLE, MOST_BODY, MOST_PLACE = 140, 5000, 140
CONTACTS = ("phone", "email", "link")  # what R5 calls private of residents, and an agency tells of itself


@dataclass(frozen=True)
class Span:
    """Words that were found: which field, where they stand in it (characters), what they are, and a code for why
    (see `portal.wording`)."""

    field: str
    start: int
    end: int
    words: str
    reason: str


def find_requests(field: str, text: str) -> list[Span]:
    """Every place in `text` that seems to ask for footage (R1)."""
    return _requests({field: text})


def _requests(fields: dict[str, str]) -> list[Span]:
    return [
        Span(span.field, span.start, span.end, span.words, span.reason) for span in check_fields("R1", fields).spans
    ]


def check_post(kind: str, title: str, body: str, place: str, has_time: bool) -> list[Span]:
    """The words for which a post has to be held, each field read by itself and all together; none when it can go out.

    Raises Refusal("time-missing") for an event without a time.
    """
    if kind == "event" and not has_time:
        raise Refusal("time-missing", "starts_at")
    return _requests({"title": title, "body": body, "place": place})


def describes_people(title: str, body: str, place: str) -> list[Span]:
    """The words for which a post is held by R5: what somebody looks like, names, rewards, plates."""
    return [
        Span(field, span.start, span.end, span.words, span.reason)
        for field, text in (("title", title), ("body", body), ("place", place))
        for span in check("R5", text).spans
        if span.reason not in CONTACTS
    ]
