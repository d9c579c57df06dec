"""What an agency may say. A text that asks residents for footage (R1), says what somebody looks like (R5), or leads out
of the town's own sites is held for people to read.

How such words are found stands in `portal.wording` and in `links`; what is found explains itself with its words.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Any

from portal.bulletins import links
from portal.bulletins.models import CATEGORIES, CERTAINTIES, SEVERITIES, URGENCIES
from portal.db import Refusal
from portal.wording import check, check_fields

MOST_TITLE, MOST_BODY, MOST_PLACE, MOST_SOURCE = 140, 5000, 140, 140
MOST_ALT, MOST_WORDS, MOST_PICTURES = 500, 2000, 4
FADE_DAYS = 7  # when an agency does not say how long an update is of use
LASTS = timedelta(hours=3)  # an event that says no end
REFUSED_DAYS = 60  # a refused picture is kept so long: 30 days to appeal, 30 to answer
CONTACTS = ("phone", "email", "link")  # what R5 calls private of residents, and an agency tells of itself
MISSING = "missing-person"
# A missing person's post tells what somebody looks like, because it must: so a moderator reads it first.
_MISSING = re.compile(
    r"\b(?:missing (?:\w+ )?(?:person|child|girl|boy|teen\w*|woman|man|adult|student|resident)|last seen wearing"
    r"|(?:amber|silver) alert|(?:persona|niñ[oa]|joven) desaparecid[oa])\b",
    re.IGNORECASE,
)
_BLANK = re.compile(r"\[[^\[\]\n]{2,80}\]")


@dataclass(frozen=True)
class Span:
    """Words that were found: which field, where they stand in it (characters), what they are, and a code for why
    (see `portal.wording`)."""

    field: str
    start: int
    end: int
    words: str
    reason: str


@dataclass(frozen=True)
class Text:
    """All that an agency says of one post, pictures apart. Times are instants; `urgent` is all four of an urgent
    update (category, urgency, severity, certainty), or None."""

    kind: str
    title: str
    body: str
    place: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    source: str = ""
    fades_at: datetime | None = None
    urgent: tuple[str, str, str, str] | None = None
    template: str = ""
    lat: float | None = None
    lon: float | None = None

    @property
    def words(self) -> dict[str, str]:
        """Everything in it that can be read, by field, in the order in which it is read."""
        return {"title": self.title, "body": self.body, "place": self.place, "source": self.source}


def tidied(text: Text, from_when: datetime) -> Text:
    """The same without what does not belong to its kind; an update that does not say when it is over fades after
    FADE_DAYS. `from_when`: when it goes out.

    Raises Refusal: time-missing, ends-before, fades-before, urgent-in-part.
    """
    event, update = text.kind == "event", text.kind == "update"
    if event and text.starts_at is None:
        raise Refusal("time-missing", "starts_at")
    if event and text.ends_at is not None and text.starts_at is not None and text.ends_at <= text.starts_at:
        raise Refusal("ends-before", "ends_at")
    by_itself = (from_when + timedelta(days=FADE_DAYS)).replace(second=0, microsecond=0)  # as a form can say it
    fades_at = (text.fades_at or by_itself) if update else None
    if fades_at is not None and fades_at <= from_when:
        raise Refusal("fades-before", "fades_at")
    urgent = text.urgent if update else None
    if urgent is not None:
        known = (CATEGORIES, URGENCIES, SEVERITIES, CERTAINTIES)
        if any(chosen not in allowed for chosen, allowed in zip(urgent, known, strict=True)):
            raise Refusal("urgent-in-part", "urgency")
    return Text(
        text.kind,
        text.title,
        text.body,
        text.place,
        text.starts_at if event else None,
        text.ends_at if event else None,
        text.source if update else "",
        fades_at,
        urgent,
        text.template,
        text.lat,
        text.lon,
    )


# — What is found —


def find_requests(field: str, text: str) -> list[Span]:
    """Every place in `text` that seems to ask for footage (R1)."""
    return _requests({field: text})


def _requests(fields: Mapping[str, str]) -> list[Span]:
    return [
        Span(span.field, span.start, span.end, span.words, span.reason) for span in check_fields("R1", fields).spans
    ]


def findings(fields: Mapping[str, str], sites: Iterable[str], template: str = "") -> list[dict[str, Any]]:
    """Everything in the strings of one text for which it has to be held: {field, start, end, words, rule, reason}.

    Each string is read by itself, and all of them together, as a reader does: a title that says "your doorbell's clip"
    and a text that says "please send it". So are the words inside of an address. `sites`: where links may lead.
    """
    found = [_found(span, "R1") for span in _requests(fields)]
    for field, text in fields.items():
        asks = [one for one in found if one["field"] == field and one["rule"] == "R1"]
        for link in links.find(text):
            place = Span(field, link.start, link.end, link.words, "upload")
            apart = all(one["end"] <= link.start or one["start"] >= link.end for one in asks)
            if apart and find_requests(field, link.readable):
                found.append(_found(place, "R1"))
            if not link.leads_to(sites):
                found.append(_found(replace(place, reason="link-out"), "link"))
        for span in check("R5", text).spans:
            if span.reason not in CONTACTS:
                found.append(_found(Span(field, span.start, span.end, span.words, span.reason), "R5"))
    order = {"R1": 0, "R5": 1, "link": 2}
    return sorted(found + _missing(fields, template), key=lambda one: order[one["rule"]])


def _found(span: Span, rule: str) -> dict[str, Any]:
    return asdict(span) | {"rule": rule}


def _missing(fields: Mapping[str, str], template: str) -> list[dict[str, Any]]:
    for field, text in fields.items():
        said = _MISSING.search(text)
        if said:
            return [_found(Span(field, *said.span(), said[0], MISSING), "R5")]
    if template == MISSING:
        title = fields.get("title", "")
        return [_found(Span("title", 0, len(title), title, MISSING), "R5")]
    return []


def not_cleared(found: Iterable[Mapping[str, Any]], cleared: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Findings that moderators have not let out with the same words already. A request is never cleared so: other words
    around it can make of a quotation what it quotes."""
    known = {(one.get("rule"), one.get("reason"), one.get("words")) for one in cleared}
    return [
        dict(one) for one in found if one["rule"] == "R1" or (one["rule"], one["reason"], one["words"]) not in known
    ]


def is_cleared(found: Sequence[Mapping[str, Any]], cleared: Iterable[Mapping[str, Any]]) -> bool:
    """Whether all that is found was found before too, in these very words, and moderators let it out."""
    known = {(one.get("rule", "R1"), one.get("field"), one.get("words")) for one in cleared}
    return all((one["rule"], one["field"], one["words"]) in known for one in found)


def blanks(text: str, template: str) -> list[str]:
    """Places of a template that nobody has filled in: "[street]"."""
    return [blank for blank in _BLANK.findall(text) if blank in template]


# — Pictures —


def picture_words(number: int, alt: str, words: str) -> dict[str, str]:
    """What is written about picture `number` (from 0) and in it, by field."""
    return {f"alt-{number}": alt, f"words-{number}": words}


def code_words(codes: Sequence[str]) -> dict[str, str]:
    """What a picture's QR and bar codes say, by field."""
    return {f"code-{number}": code for number, code in enumerate(codes)}


# — Revisions —


def word_diff(before: str, after: str) -> list[tuple[str, str]]:
    """How one text became another, word by word: ("same" | "gone" | "new", words)."""
    old, new = (re.findall(r"\s+|[^\s]+", text) for text in (before, after))
    steps: list[tuple[str, str]] = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            steps.append(("same", "".join(old[a:b])))
            continue
        if b > a:
            steps.append(("gone", "".join(old[a:b])))
        if d > c:
            steps.append(("new", "".join(new[c:d])))
    return steps
