"""A text as a person reads it, whatever signs it is written with; and where each sign of it stands in the original."""

import re
import unicodedata
from collections.abc import Set
from dataclasses import dataclass, field

UNSEEN = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols that show nothing
# Letters of other alphabets that look like these.
_LOOKALIKES = str.maketrans(
    "авекмнорстухіјѕԁԛԝАВЕКМНОРСТУХІЈЅαβεικνορτυχΑΒΕΗΙΚΜΝΟΡΤΧΥΖøłıɑɡ·•∙․‚，。",
    "abekmhopctyxijsdqwABEKMHOPCTYXIJSabeiknoptuxABEHIKMNOPTXYZoliag....,,.",
)
_DIGITS = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i", "|": "i"}
_SPELLED = re.compile(r"(?<![^\W_])[a-z0-9@$](?:[ .\-_*/~]{1,2}[a-z0-9@$](?![a-z0-9@$])){3,}")
_ODD = re.compile(
    r"(?<![a-z0-9@$!|*._~/-])(?=[0-9@$!|*._/~-]*[a-z])[a-z0-9@$!|*._/~-]*[0-9@$!|*._/~-][a-z0-9@$!|*._/~-]*[a-z0-9*]"
)
_SEPARATORS = re.compile(r"[*._/~-]")
_LONG = re.compile(r"\b[a-z]*(?:([a-z])\1\1|([aiuhkjqvwxy])\2)[a-z]*\b")
_RUN = re.compile(r"([a-z])\1+")
_MOST = 60  # signs of a disguised word, or of words spelled letter by letter
_PAIR = re.compile(r"\b([a-z]+) (?=([a-z]+)\b)")


@dataclass(frozen=True)
class Plain:
    """`signs` in small letters without accents; `cased` the same with its capitals. Sign number n stands at
    `starts[n]` to `ends[n]` of the original."""

    signs: str
    cased: str
    starts: list[int] = field(repr=False)
    ends: list[int] = field(repr=False)

    def original(self, start: int, end: int) -> tuple[int, int]:
        return self.starts[start], self.ends[end - 1]


def read(text: str) -> Plain:
    """Lower case, no accents, one kind of space, nothing unseen, no look-alike letters."""
    signs: list[str] = []
    cased: list[str] = []
    starts: list[int] = []
    for place, sign in enumerate(text):
        parts = sign if sign.isascii() else unicodedata.normalize("NFKD", sign).translate(_LOOKALIKES)
        for part in parts:
            if not part.isascii():
                kind = unicodedata.category(part)
                if kind in ("Cf", "Mn") or part in UNSEEN:
                    continue
                if kind in ("Zs", "Zl", "Zp", "Cc"):
                    part = " "
                elif part in "‘’ʼ´":
                    part = "'"
                elif part in "‐‑‒–—−":
                    part = "-"
            elif part < " " or part == "\x7f":
                part = " "
            if part == " " and (not signs or signs[-1] == " "):
                continue
            small = part.lower()
            for letter in small:
                signs.append(letter)
                cased.append(part if len(small) == 1 else letter)
                starts.append(place)
    return Plain("".join(signs), "".join(cased), starts, [place + 1 for place in starts])


def undisguise(plain: Plain, words: Set[str], strong: Set[str]) -> Plain:
    """The same with words of `words` put back that were disguised: "b.l.a.c.k", "bl4ck", "blaaack", and, for the
    longer words of `strong` only, "bl ack". What is none of these words stays as it is."""
    found: list[tuple[int, int, str]] = []
    signs = plain.signs
    for match in _SPELLED.finditer(signs):
        letters = [place for place in range(*match.span()) if signs[place].isalnum() or signs[place] in "@$"]
        for first in letters[:3]:  # "a b l a c k": the first one may be a word of its own
            word = _split(_letters(signs[first : match.end()], words)[:_MOST], words)
            if word:
                found.append((first, match.end(), word))
                break
    for match in _ODD.finditer(signs):
        word = _undone(match[0], words, strong)
        if word:
            found.append((*match.span(), word))
    for match in _LONG.finditer(signs):
        if match[0] not in words:
            word = _shortened(match[0], words)
            if word:
                found.append((*match.span(), word))
    for match in _PAIR.finditer(signs):
        first, second = match[1], match[2]
        if first + second in strong and len(first + second) >= 5 and first not in words and second not in words:
            found.append((match.start(), match.end() + len(second), first + second))
    return _replaced(plain, sorted(found)) if found else plain


def _letters(token: str, words: Set[str]) -> str:
    """Without separators, digits read as the letters they look like; "1" is i or l, as makes a word."""
    bare = re.sub(r"[ *._/~-]", "", token)
    for one in "il":
        word = "".join(one if sign in "1|!" else _DIGITS.get(sign, sign) for sign in bare)
        if word in words:
            return word
    return "".join(_DIGITS.get(sign, sign) for sign in bare)


def _split(run: str, words: Set[str]) -> str:
    """A run of letters as the words it is made of; "" when it is not."""
    if run in words:
        return run
    for end in range(len(run) - 2, 2, -1):
        if run[:end] in words:
            rest = _split(run[end:], words)
            if rest:
                return f"{run[:end]} {rest}"
    return ""


def _undone(token: str, words: Set[str], strong: Set[str]) -> str:
    bare = token.strip("*._/~-!|")
    if len(bare) > _MOST:
        return ""
    if "*" in bare and sum(sign.isalpha() for sign in bare) >= 2:
        shape = re.compile("".join("[a-z]" if sign == "*" else re.escape(sign) for sign in bare))
        fits = sorted(word for word in strong if len(word) == len(bare) and shape.fullmatch(word))
        if fits:
            return fits[0]
    if bare in words or not any(sign in bare for sign in "0134578@$!|*._/~-"):
        return ""
    if "-" in bare and all(part in words for part in bare.split("-")):
        return ""
    word = _letters(bare, words)
    if len(word) < 3 or sum(sign.isalpha() for sign in bare) < 2:
        return ""
    if word in words:
        return word
    parts = _SEPARATORS.split(bare)
    if len(parts) > 1 and any(_letters(part, words) in words and part not in words for part in parts):
        return " ".join(_letters(part, words) if _letters(part, words) in words else part for part in parts)
    return _shortened(word, words)


def _shortened(token: str, words: Set[str]) -> str:
    """A word of `words` that this is when letters are said once or twice instead of many times."""
    for run in (r"\1", r"\1\1"):
        word = _RUN.sub(run, token)
        if word in words:
            return word
    single = _RUN.sub(r"\1", token)
    return next((word for word in _doubled(single) if word in words), "")


def _doubled(word: str) -> list[str]:
    return [word[: place + 1] + word[place:] for place in range(len(word))]


def _replaced(plain: Plain, found: list[tuple[int, int, str]]) -> Plain:
    signs: list[str] = []
    cased: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0

    def keep(until: int) -> None:
        signs.append(plain.signs[at:until])
        cased.append(plain.cased[at:until])
        starts.extend(plain.starts[at:until])
        ends.extend(plain.ends[at:until])

    for start, end, word in found:
        if start < at:
            continue
        keep(start)
        first, last = plain.original(start, end)
        signs.append(word)
        cased.append(word)
        starts.extend([first] * len(word))
        ends.extend([last] * len(word))
        at = end
    keep(len(plain.signs))
    return Plain("".join(signs), "".join(cased), starts, ends)
