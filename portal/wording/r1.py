"""Rule R1: no text of an agency asks residents for footage, or for their cameras.

The words and the frames that they stand in come from the file `r1.toml`: a word for a recording or a camera that is
not the agency's own, and a word that asks, looks for, offers or lists. Words around may excuse it ("we never ask").

It would rather find one too many than let a request through: a held text is only late, a request is a promise broken.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from portal.wording.frames import WORD, Excuse, Frames, Sentences, within
from portal.wording.plain import Plain, read, undisguise

_STOP = re.compile(
    r"(?<!\bst)(?<!\bmr)(?<!\bms)(?<!\bdr)(?<!\bmrs)(?<!\bsr)(?<!\bsra)(?<!\bno)(?<!\bsgt)(?<!\bdet)(?<!\blt)"
    r"(?<!\bcapt)(?<!\bofc)(?<!\bapprox)(?<!\b[ap]\.m)(?<!\b[a-z])[.!?]+(?=\W|$)|[.!?]+(?= *$)"
    # "between 2 and 4 a.m. Watch our video" are two sentences, "at 2 a.m. on Elm" is one, "at 2 a.m. On Elm" two.
    r"|(?<=\b[ap]\.m)\.(?= )(?! (?:\w+days?|january|february|march|april|may|june|july|august|september"
    r"|october|november|december)\b| (?-i:to|until|till|and|or|on|in|at|near|through|from|for|by|this|last|that|each"
    r"|every|daily|today|tonight|tomorrow|yesterday|y|o|a|al|de|del|el|la|los|en|hasta|por|cerca)\b| [\d(–-])",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[;:—]| - | [-–] ")
_TURN = frozenset(("but", "however", "instead", "rather", "please", "so", "pero", "sino", "asi", "favor", "if", "si"))
_MORE = frozenset(("or", "nor", "and", "o", "ni", "u", "y", "e"))
_ADDRESS = re.compile(r"[\w.+-]{1,64} ?(?:@|\(at\)|\[at\]) ?[\w-]+(?: ?(?:\.|\(dot\)|\[dot\]) ?[a-z0-9-]+)+")
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s,;)]+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)+/[^\s,;)]*|\b(?:[a-z0-9-]+\.){1,4}[a-z]{2,8}\b"
)
_PHONE = re.compile(r"\b\d{3}[-. ]\d{3,4}(?:[-. ]\d{4})?\b|\(\d{3}\) ?\d{3}-\d{4}")
_JOINED = 5  # characters between two findings that are one: ", ", " and "


@dataclass(frozen=True)
class Found:
    """Words that ask: where they stand in the original (characters), and why they were found."""

    start: int
    end: int
    reason: str


@cache
def words() -> Frames:
    """The lists and frames of this installation, read once. Raises WordingError."""
    return Frames()


def find(text: str, rules: Frames | None = None) -> list[Found]:
    """Every place in `text` that asks for footage or cameras, in its order, without overlaps. Raises WordingError for a
    broken file."""
    plain = read(text)
    if not plain.signs.strip():
        return []
    return _Reader(plain, rules or words()).found()


class _Reader:
    """One text, and the words of each list in it."""

    def __init__(self, plain: Plain, rules: Frames) -> None:
        self.rules = rules
        self.plain = undisguise(plain, rules.disguised, rules.strong)
        self.text = _sentences(self.plain)
        self.hits = rules.hits(self.text.words, list(zip(self.text.sentence, self.text.comma, strict=True)))
        self._addresses()
        self._drop_harmless()

    def found(self) -> list[Found]:
        """In their order. Words that overlap, or are joined by a small word, are one; but what reaches over the end of
        a sentence counts only where nothing else does."""
        asked = sorted(set(self._asked()), key=lambda pair: (pair[0] > 0, pair[1].start, -pair[1].end))
        kept: list[Found] = []
        taken: set[int] = set()
        for wide, one in asked:
            if wide and not taken.isdisjoint(range(one.start, one.end)):
                continue
            taken.update(range(one.start, one.end))
            if not wide and kept and one.start - kept[-1].end <= _JOINED:
                kept[-1] = Found(kept[-1].start, max(one.end, kept[-1].end), kept[-1].reason)
            else:
                kept.append(one)
        return sorted(kept, key=lambda one: one.start)

    def _asked(self) -> Iterator[tuple[int, Found]]:
        """(how many ends of sentences stand in it, what asks)."""
        for frame in self.rules.asks:
            if frame.needs and not any(name in self.hits for name in frame.needs):
                continue
            for parts in self.rules.match(frame, self.hits, self.text.sentence):
                if not any(self._excused(self.rules.excuses[name], parts) for name in frame.unless):
                    first, last = self.text.starts[parts[0][0]], self.text.ends[self._whole(parts[-1][1]) - 1]
                    wide = self.text.sentence[parts[-1][0]] - self.text.sentence[parts[0][0]]
                    yield wide, Found(*self.plain.original(first, last), frame.reason)

    def _whole(self, end: int) -> int:
        """Where the things end that stand in a row: "doorbell" and "camera clips" after it."""
        while end < len(self.text.words) and any(
            (place := bisect_left(self.hits.get(name, ()), (end, 0))) < len(self.hits.get(name, ()))
            and self.hits[name][place][0] == end
            for name in ("recording", "camera", "photo")
        ):
            end += 1
        return end

    # — What stands around —

    def _excused(self, excuse: Excuse, parts: list[tuple[int, int]]) -> bool:
        if excuse.words not in self.hits:
            return False
        if isinstance(excuse.reach, int):
            return self._denied(excuse.words, excuse.reach, parts)
        first, last = 0, len(self.text.words)
        if excuse.reach != "text":
            wide = 1 if excuse.reach == "near" else 0
            first = self.text.first_of(self.text.sentence[parts[0][0]] - wide)
            last = self.text.first_of(self.text.sentence[parts[-1][1] - 1] + wide + 1)
        return within(self.hits, excuse.words, first, last) and not any(
            within(self.hits, name, first, last) for name in excuse.yields
        )

    def _denied(self, name: str, reach: int, parts: list[tuple[int, int]]) -> bool:
        """Whether a "not" stands in front of the frame, or inside it, and means it."""
        begin, end, text = parts[0][0], parts[-1][0], self.text
        places = self.hits[name]
        for first, last in places[bisect_left(places, (begin - reach - 4, 0)) : bisect_left(places, (end, 0))]:
            if last > end or begin - last >= reach:
                continue
            if last > begin:  # inside
                if text.clause[first] == text.clause[end]:
                    return True
                continue
            listed = any(word in _MORE for word in text.words[last : parts[-1][1]])
            if text.clause[first] == text.clause[begin] and (
                reach > 8 or text.comma[first] == text.comma[end] or listed
            ):
                return True
        return False

    # — What counts as a word —

    def _addresses(self) -> None:
        """Links, mail addresses and telephone numbers count as a whole, by what is written in them."""
        signs, text = self.plain.signs, self.text
        taken: list[tuple[int, int]] = []
        for kind, pattern in (("address", _ADDRESS), ("link", _LINK)):
            for match in pattern.finditer(signs):
                first, last = text.at(match.start()), text.at(match.end())
                if first == last or any(first < end and start < last for start, end in taken):
                    continue
                taken.append((first, last))
                telling = within(self.hits, f"{kind}-word", first, last)
                for name, places in self.hits.items():
                    self.hits[name] = [place for place in places if not first <= place[0] < last]
                names = ["contact"] if kind == "address" else []
                for name in [*names, *([f"telling-{kind}"] if telling else [])]:
                    self.hits.setdefault(name, []).append((first, last))
        for match in _PHONE.finditer(signs):
            first, last = text.at(match.start()), text.at(match.end())
            if first < last and not any(first < end and start < last for start, end in taken):
                self.hits.setdefault("contact", []).append((first, last))
        self.hits = {name: sorted(places) for name, places in self.hits.items() if places}

    def _drop_harmless(self) -> None:
        """Words that mean something else here ("square footage"), or something of the agency's own, count no more."""
        covered: dict[str, set[int]] = {}
        for frame in self.rules.harmless:
            for parts in self.rules.match(frame, self.hits, self.text.sentence):
                for name in frame.drops:
                    covered.setdefault(name, set()).update(range(parts[0][0], parts[-1][1]))
        for name, words in covered.items():
            self.hits[name] = [place for place in self.hits.get(name, ()) if words.isdisjoint(range(*place))]
        self.hits = {name: places for name, places in self.hits.items() if places}


def _sentences(plain: Plain) -> Sentences:
    signs, stops, begun = plain.signs, [], 0
    for stop in _STOP.finditer(signs if plain.cased.isupper() else plain.cased):  # only capitals: they tell nothing
        if len(signs[begun : stop.start()].split()) > 1:  # "Check. Your. Cameras." is one
            stops.append(stop.end())
        begun = stop.end()
    clauses = [clause.end() for clause in _CLAUSE.finditer(signs)]
    commas = [place for place, sign in enumerate(signs) if sign == ","]
    text = Sentences()
    stop = clause = comma = turns = 0
    for match in WORD.finditer(signs):
        while stop < len(stops) and stops[stop] <= match.start():
            stop += 1
        while clause < len(clauses) and clauses[clause] <= match.start():
            clause += 1
        while comma < len(commas) and commas[comma] < match.start():
            comma += 1
        turns += match[0] in _TURN
        text.words.append(match[0])
        text.starts.append(match.start())
        text.ends.append(match.end())
        text.sentence.append(stop)
        text.clause.append(stop + clause + turns)
        text.comma.append(comma)
    return text
