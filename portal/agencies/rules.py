"""What an agency may say. A first, simple form of rule R1: a text that asks for footage is held for a person to read.

It would rather hold a text too many than let a request through: a held text is only late, a request is a promise
broken. It explains itself with the words that it found.
"""

import re
import unicodedata
from dataclasses import dataclass

from portal.db import Refusal

MOST_TITLE, MOST_BODY, MOST_PLACE = 140, 5000, 140

_FOOTAGE = (
    r"(?:footage|videos?|clips?|recordings?|surveillance|(?:ring|security|home|door)?\s*cam(?:era)?s?|doorbells?"
    r"|doorbell\s*cam(?:era)?s?|dash\s*cams?|images? from)"
)
_ASK = (
    r"(?:check|review|look (?:at|through)|go through|search|scan|save|keep|preserve|send|share|submit|upload|provide"
    r"|forward|e-?mail|bring|give|hand (?:over|in)|turn (?:over|in)|pull|register)"
)
_OWN = r"(?:your|any|the|all|home|neighbou?rs?'?|residents?'?|private)"
_PATTERNS = (
    # "check your cameras", "send us any footage"
    rf"\b{_ASK}\b[^.!?\n]{{0,60}}?\b(?:{_OWN}\s+)?(?:\w+\s+){{0,3}}{_FOOTAGE}\b",
    # "if your doorbell caught", "anyone whose camera recorded"
    rf"\b(?:if|whose|did|does|has|have|may have|might have)\b[^.!?\n]{{0,40}}?\b{_FOOTAGE}\b[^.!?\n]{{0,40}}?"
    r"\b(?:caught|captured?|recorded?|saw|sees?|shows?|picked up|filmed)\b",
    # "we are looking for video", "footage wanted"
    rf"\b(?:looking for|seeking|need|want|asking for|request(?:ing)?|appreciate|interested in)\b[^.!?\n]{{0,50}}?\b{_FOOTAGE}\b",
    rf"\b{_FOOTAGE}\b[^.!?\n]{{0,50}}?\b(?:wanted|needed|requested|welcome|appreciated|would help|can help)\b",
    # "anyone with a doorbell camera in the area"
    rf"\b(?:anyone|anybody|residents?|neighbou?rs?|homeowners?|people)\s+(?:with|who (?:has|have|own)|having)\b[^.!?\n]{{0,40}}?\b{_FOOTAGE}\b",
    # "camera registry", "live view"
    r"\bcamera\s+(?:registry|registration|sharing|map)\b",
    r"\blive[\s-]?(?:view|stream|feed)\b[^.!?\n]{0,40}?\b(?:your|doorbell|camera|home)\b",
)
_REQUESTS = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.IGNORECASE)
# An agency's own cameras are its own business: these words before one make it no resident's.
_OUR_OWN = re.compile(
    r"\b(?:our|new|officers'?|department's|body(?:-worn)?|traffic|patrol)\s+(?:\w+\s+){0,2}$", re.IGNORECASE
)


@dataclass(frozen=True)
class Span:
    """Words that were found: which field, where they stand (characters), and what they are."""

    field: str
    start: int
    end: int
    words: str


def find_requests(field: str, text: str) -> list[Span]:
    """Every place in `text` that seems to ask for footage (R1). Invisible characters hide nothing."""
    plain = "".join(
        " " if unicodedata.category(sign) == "Zs" else sign for sign in text if unicodedata.category(sign) != "Cf"
    )
    spans = []
    for found in _REQUESTS.finditer(plain):
        last_word = re.search(_FOOTAGE + r"\b", found[0], re.IGNORECASE)
        before = found[0][: last_word.start()] if last_word else ""
        if not _OUR_OWN.search(before):
            spans.append(Span(field, found.start(), found.end(), found[0].strip()))
    return spans


def check_post(kind: str, title: str, body: str, place: str, has_time: bool) -> list[Span]:
    """The words for which a post has to be held; none when it can go out.

    Raises Refusal("time-missing") for an event without a time.
    """
    if kind == "event" and not has_time:
        raise Refusal("time-missing", "starts_at")
    return [
        span
        for field, text in (("title", title), ("body", body), ("place", place))
        for span in find_requests(field, text)
    ]
