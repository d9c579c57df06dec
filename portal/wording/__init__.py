"""The words that a text may not hold, found and explained: rules R1 and R5. No web, no database, no settings.

`check("R5", text)` names the words that break the rule, where they stand and why; `check_fields` does so for a text of
several fields. Both know English and Spanish, and nothing leaves the machine.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from portal.wording import r1, r5
from portal.wording.language import guess
from portal.wording.says import SUGGESTIONS
from portal.wording.words import WordingError

__all__ = ["RULES", "Finding", "Rule", "Span", "WordingError", "check", "check_fields", "explained", "ready"]

Rule = Literal["R1", "R5"]
RULES: tuple[Rule, ...] = ("R1", "R5")


@dataclass(frozen=True)
class Span:
    """Words that break a rule: where they stand in the text (characters), what they are, and a code for why. `field`
    is set by `check_fields`."""

    start: int
    end: int
    words: str
    reason: str
    field: str = ""


@dataclass(frozen=True)
class Finding:
    """What was found in a text. `why` is the first span's reason, "" when nothing is held."""

    held: bool
    rule: str
    spans: tuple[Span, ...]
    language: str
    why: str


def check(rule: Rule, text: str) -> Finding:
    """Look through a text for what breaks `rule`. Raises WordingError when the file of words is broken."""
    spans = tuple(Span(start, end, text[start:end], reason) for start, end, reason in _found(rule, text))
    return _finding(rule, spans, text)


def check_fields(rule: Rule, fields: Mapping[str, str]) -> Finding:
    """Look through the fields of one text ({"title": …, "body": …}), each by itself and all together in their order:
    what is asked may begin in one and end in another. Each span says its `field`; words that reach over two fields are
    two spans. Raises WordingError when the file of words is broken."""
    alone = {name: list(_found(rule, text)) for name, text in fields.items()}
    written = {name: text for name, text in fields.items() if text.strip()}
    if len(written) > 1:
        together = _BETWEEN.join(written.values())
        for start, end, reason in _found(rule, together):
            begin = 0
            for name, text in written.items():
                first, last = max(start, begin) - begin, min(end, begin + len(text)) - begin
                if first < last and text[first:last].strip():
                    alone[name].append((first, last, reason))
                begin += len(text) + len(_BETWEEN)
    spans = tuple(
        Span(start, end, fields[name][start:end], reason, name)
        for name, found in alone.items()
        for start, end, reason in _merged(found)
    )
    return _finding(rule, spans, "\n".join(fields.values()))


_BETWEEN = " .\n"  # ends the sentence of one field


def _found(rule: Rule, text: str) -> list[tuple[int, int, str]]:
    return [(one.start, one.end, one.reason) for one in (r1.find(text) if rule == "R1" else r5.find(text))]


def _merged(found: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """In their order, words that overlap once, with the reason of the first."""
    kept: list[tuple[int, int, str]] = []
    for start, end, reason in sorted(found, key=lambda one: (one[0], -one[1])):
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]), kept[-1][2])
        else:
            kept.append((start, end, reason))
    return kept


def _finding(rule: Rule, spans: tuple[Span, ...], text: str) -> Finding:
    return Finding(bool(spans), rule, spans, guess(text), spans[0].reason if spans else "")


def explained(finding: Finding) -> dict[str, Any]:
    """A finding for machines and for the command line: `why` is one English sentence, "" when nothing is held."""
    said = [f"“{span.words}”: {SUGGESTIONS[span.reason]}" for span in finding.spans[:1]]
    return {
        "held": finding.held,
        "rule": finding.rule,
        "spans": [
            {"start": span.start, "end": span.end, "words": span.words, "reason": span.reason} for span in finding.spans
        ],
        "language": finding.language,
        "why": "".join(said),
    }


def ready() -> None:
    """Read the files of words now, so that its mistakes show at the start. Raises WordingError."""
    r1.words()
    r5.words()
