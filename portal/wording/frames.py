"""Reads the editable file of rule R1, and finds its frames in a text: words of certain lists, one after another.

A frame is written as it is read: `give ..12 recording` is a word of the list `give`, at most twelve words between, and
a word of the list `recording`. The file's head says what else there is.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from portal.wording.words import WordFile

FILE = Path(__file__).with_name("r1.toml")
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[📹🎥📷📸📽🎦🔔]")
MADE = ("telling-link", "telling-address")  # lists that the reader fills: links and addresses that speak of footage
REACHES = ("sentence", "near", "text")  # besides a number: so many words before the frame, or inside it
_ACROSS = 40  # words that a "/" may stand for
_KEYS = {
    "ask": {"words", "reason", "unless", "without", "needs"},
    "harmless": {"words", "drops"},
    "excuse": {"list", "name", "reach", "yields-to"},
}

Hits = dict[str, list[tuple[int, int]]]


@dataclass(frozen=True)
class Step:
    """One part of a frame: a word of one of `names`, with at most `gap` words before it, perhaps in one of the next two
    sentences (`across`). `filler`: the words between are of this list."""

    names: tuple[str, ...]
    gap: int = 0
    across: bool = False
    filler: str = ""


@dataclass(frozen=True)
class Frame:
    steps: tuple[Step, ...]
    reason: str = ""
    unless: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()


@dataclass(frozen=True)
class Excuse:
    """Words of a list that make a frame harmless when they stand near enough, and no word of `yields` does. `name` is
    the list's own, unless a list excuses in two ways."""

    name: str
    words: str
    reach: str | int
    yields: tuple[str, ...]


@dataclass
class Sentences:
    """A text as words: where each begins and ends in it (characters), in which sentence and which clause it stands."""

    words: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    sentence: list[int] = field(default_factory=list)
    clause: list[int] = field(default_factory=list)
    comma: list[int] = field(default_factory=list)

    def first_of(self, sentence: int) -> int:
        """The number of the first word of a sentence, or of what follows it."""
        return bisect_left(self.sentence, sentence)

    def at(self, place: int) -> int:
        """The number of the first word that begins at a character or after it."""
        return bisect_left(self.starts, place)


class Frames(WordFile):
    """All lists and frames of rule R1, ready to use."""

    def __init__(self, path: Path = FILE) -> None:
        super().__init__(path, ["ask", "harmless", "excuse"])
        self._names = {*self.lists, *MADE}
        self._exact: dict[str, list[tuple[str, list[str]]]] = {}
        self._stems: dict[str, list[tuple[str, list[str]]]] = {}
        self._tails: dict[str, list[tuple[str, list[str]]]] = {}
        for name, entries in self.lists.items():
            for entry in entries:
                self._add(name, entry)
        self.excuses = {one.name: one for one in map(self._excuse, self._file.get("excuse", []))}
        self.harmless = [frame for entry in self._file.get("harmless", []) for frame in self._frames("harmless", entry)]
        self.asks = [frame for entry in self._file.get("ask", []) for frame in self._frames("ask", entry)]
        self._right = {wrong: word for word in self.lists.get("mistyped", ()) for wrong in _mistyped(word)}
        self._lengths = sorted({len(stem) for stem in self._stems})
        self._tail_lengths = sorted({len(tail) for tail in self._tails})

    @cached_property
    def disguised(self) -> frozenset[str]:
        """Words that are worth finding under a disguise."""
        lists = ("recording", "camera", "photo", "give", "look", "keep", "plea", "yours", "contact", "want")
        return frozenset(self._single(*lists)) | self.strong

    @cached_property
    def strong(self) -> frozenset[str]:
        return frozenset(word for word in self._single("recording", "camera") if len(word) >= 5)

    def _single(self, *names: str) -> Iterator[str]:
        for name in names:
            for entry in self.lists.get(name, ()):
                bare = entry.rstrip("*@")
                if bare.isalpha() and bare.isascii() and len(bare) >= 3:
                    yield from _endings(entry) if entry.endswith("@") else (bare, bare + "s")

    # — Reading the file —

    def _add(self, name: str, entry: str) -> None:
        first, *rest = re.findall(r"\*?(?:[^\W_]+(?:'[^\W_]+)*|[📹🎥📷📸📽🎦🔔])[*@]?", entry) or [""]
        if not first:
            raise self._broken(f"{entry!r} in `{name}` has no letter", entry)
        if first.startswith("*"):
            self._tails.setdefault(first[1:], []).append((name, rest))
        elif first.endswith("*"):
            self._stems.setdefault(first[:-1], []).append((name, rest))
        else:
            for word in _endings(first):
                self._exact.setdefault(word, []).append((name, rest))

    def _entry(self, table: str, entry: dict[str, Any]) -> list[str]:
        written = entry.get("words", entry.get("list", ""))
        near = (written[0] if isinstance(written, list) and written else str(written)) or f"[[{table}]]"
        if set(entry) - _KEYS[table] or not written:
            wrong = ", ".join(sorted(set(entry) - _KEYS[table])) or "no words"
            raise self._broken(f"[[{table}]] with {wrong}; it has {', '.join(sorted(_KEYS[table]))}", near)
        return [written] if isinstance(written, str) else list(written)

    def _frames(self, table: str, entry: dict[str, Any]) -> Iterator[Frame]:
        for written in self._entry(table, entry):
            for key in ("unless", "without", "needs", "drops"):
                for name in entry.get(key, ()):
                    if name not in (self.excuses if key == "unless" else self._names):
                        what = "[[excuse]]" if key == "unless" else "list"
                        raise self._broken(f"there is no {what} `{name}`", f'"{name}"')
            yield Frame(
                tuple(self._steps(written)),
                entry.get("reason", ""),
                tuple(entry.get("unless", ())),
                tuple(entry.get("without", ())),
                tuple(entry.get("needs", ())),
                tuple(entry.get("drops", ())),
            )

    def _steps(self, written: str) -> Iterator[Step]:
        gap, across, filler = 0, False, ""
        for part in written.split():
            if match := re.fullmatch(r"\.\.(\d+)", part):
                gap = int(match[1])
            elif part == "/":
                gap, across = _ACROSS, True
            elif part.endswith("*") and part[:-1] in self.lists:
                gap, filler = 5, part[:-1]
            else:
                names = tuple(part.split("|"))
                for name in names:
                    if name not in self._names:
                        raise self._broken(f"there is no list `{name}` (in “{written}”)", written)
                yield Step(names, gap, across, filler)
                gap, across, filler = 0, False, ""

    def _excuse(self, entry: dict[str, Any]) -> Excuse:
        (words,) = self._entry("excuse", entry)
        reach = entry.get("reach", "sentence")
        for one in (words, *entry.get("yields-to", ())):
            if one not in self.lists:
                raise self._broken(f"there is no list `{one}`", f'"{one}"')
        if reach not in REACHES and not isinstance(reach, int):
            raise self._broken(f"reach {reach!r}: {', '.join(REACHES)} or a number of words", f'"{words}"')
        return Excuse(entry.get("name", words), words, reach, tuple(entry.get("yields-to", ())))

    # — Finding —

    def hits(self, words: Sequence[str], part: Sequence[tuple[int, int]]) -> Hits:
        """List -> the words of it that stand in a text: (first, one past the last), in their order. `part` says
        in which sentence and after which comma each word stands: an entry of several words reaches over neither."""
        found: dict[str, set[tuple[int, int]]] = {}
        for place, word in enumerate(words):
            entries: list[tuple[str, list[str]]] = []
            for form in dict.fromkeys((word, self._right.get(word, word), word.removesuffix("'s"))):
                entries += self._beginning(form)
            for name, rest in entries:
                end = place + 1 + len(rest)
                if not rest or (
                    end <= len(words)
                    and part[end - 1] == part[place]
                    and all(_fits(one, part) for one, part in zip(words[place + 1 : end], rest, strict=True))
                ):
                    found.setdefault(name, set()).add((place, end))
        return {name: sorted(places) for name, places in found.items()}

    def _beginning(self, word: str) -> Iterator[tuple[str, list[str]]]:
        """The entries that begin with a word: their list, and the words after it."""
        yield from self._exact.get(word, ())
        for length in self._lengths:
            if length > len(word):
                break
            yield from self._stems.get(word[:length], ())
        for length in self._tail_lengths:
            if length > len(word):
                break
            yield from self._tails.get(word[-length:], ())

    def match(self, frame: Frame, hits: Hits, sentence: Sequence[int]) -> Iterator[list[tuple[int, int]]]:
        """Each place where a frame stands: the words of its steps. At most one for each first word."""
        if any(not any(name in hits for name in step.names) for step in frame.steps):
            return
        for first in _sorted(hits, frame.steps[0].names):
            rest = self._rest(frame, 1, [first], hits, sentence)
            if rest:
                yield rest

    def _rest(
        self, frame: Frame, number: int, found: list[tuple[int, int]], hits: Hits, sentence: Sequence[int]
    ) -> list[tuple[int, int]] | None:
        if number == len(frame.steps):
            return found
        step, end = frame.steps[number], found[-1][1]
        last = sentence[end - 1] + (2 if step.across else 0)
        for place in _near(hits, step, end):
            start = place[0]
            if sentence[start] > last or any(within(hits, name, end, start) for name in frame.without):
                break
            if step.filler and not _filled(hits, step.filler, end, start):
                continue
            rest = self._rest(frame, number + 1, [*found, place], hits, sentence)
            if rest:
                return rest
        return None


def _near(hits: Hits, step: Step, end: int) -> list[tuple[int, int]]:
    """The words of a step's lists that stand at word `end` or so many words after it, nearest first."""
    found: list[tuple[int, int]] = []
    for name in step.names:
        places = hits.get(name, [])
        found += places[bisect_left(places, (end, 0)) : bisect_left(places, (end + step.gap + 1, 0))]
    return sorted(found) if len(step.names) > 1 else found


def within(hits: Hits, name: str, first: int, last: int) -> bool:
    """Whether a word of the list stands from word `first` to before word `last`."""
    places = hits.get(name, ())
    at = bisect_left(places, (first, 0))
    return at < len(places) and places[at][0] < last


def _filled(hits: Hits, name: str, first: int, last: int) -> bool:
    """Whether words of the list, and no others, stand from word `first` to before word `last`."""
    places = hits.get(name, ())
    while first < last:
        at = bisect_left(places, (first, 0))
        if at == len(places) or places[at][0] != first:
            return False
        first = max(end for start, end in places[at : at + 3] if start == first)
    return True


def _sorted(hits: Hits, names: Sequence[str]) -> list[tuple[int, int]]:
    if len(names) == 1:
        return hits.get(names[0], [])
    return sorted({place for name in names for place in hits.get(name, ())})


def _endings(word: str) -> tuple[str, ...]:
    return tuple(word[:-1] + end for end in ("o", "a", "os", "as")) if word.endswith("@") else (word,)


def _mistyped(word: str) -> Iterator[str]:
    """A word with a letter left out, or two that changed places; the first letter stays."""
    for place in range(1, len(word)):
        yield word[:place] + word[place + 1 :]
        yield word[:place] + word[place + 1 : place + 2] + word[place] + word[place + 2 :]


def _fits(word: str, part: str) -> bool:
    if part.startswith("*"):
        return word.endswith(part[1:])
    return word.startswith(part[:-1]) if part.endswith("*") else word in _endings(part)
