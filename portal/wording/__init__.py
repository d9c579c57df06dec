"""The words that a text may not hold, found and explained: rules R1 and R5. No web, no database, no settings.

`check("R5", text)` names the words that break the rule, where they stand and why. It knows English and Spanish, and
nothing leaves the machine.
"""

from dataclasses import dataclass
from typing import Any, Literal

from portal.wording import r1, r5
from portal.wording.language import guess
from portal.wording.says import SUGGESTIONS
from portal.wording.words import WordingError

__all__ = ["RULES", "Finding", "Rule", "Span", "WordingError", "check", "explained", "ready"]

Rule = Literal["R1", "R5"]
RULES: tuple[Rule, ...] = ("R1", "R5")


@dataclass(frozen=True)
class Span:
    """Words that break a rule: where they stand in the text (characters), what they are, and a code for why."""

    start: int
    end: int
    words: str
    reason: str


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
    if rule == "R1":
        spans = tuple(Span(start, end, text[start:end], "footage") for start, end in r1.find_requests(text))
    else:
        spans = tuple(Span(one.start, one.end, text[one.start : one.end], one.reason) for one in r5.find(text))
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
    """Read the file of words now, so that its mistakes show at the start. Raises WordingError."""
    r5.words()
