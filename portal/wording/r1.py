"""Rule R1: a text that asks residents for footage.

A sentence is found when it names footage or a camera that is not the agency's own, and asks for it: before it ("send
us any video"), after it ("footage wanted"), or by asking what it saw ("did your doorbell catch it?"). A "do not" just
before the asking word lets it pass.

It would rather find one too many than let a request through: a held text is only late, a request is a promise broken.
"""

import re
import unicodedata
from collections.abc import Iterator


def _any(*words: str) -> str:
    return "(?:" + "|".join(words) + ")"


# Everything below is compared with text in lower case and without accents (see `_plain`); Spanish beside English.
_RECORDING = _any(
    "footage", "videos?", "clips?", "recordings?", "surveillance", "memory cards?", "images? from", "grabacion(?:es)?"
)
_CAMERA = _any(
    r"\w*cameras?", r"(?:\w+[ -])?\w*cams?", r"\w*doorbells?", "(?:security|surveillance) systems?", "ring or nest",
    "(?<=your )ring", "(?:ring|nest) (?:devices?|app)", "camaras?", "timbres?",
)  # fmt: skip
_THING = re.compile(rf"\b(?:(?P<recording>{_RECORDING})|{_CAMERA})\b")

# An agency's own cameras and films are its own business: these words just before one make it no resident's.
_OWN = re.compile(
    r"\b(?:(?:our|this|these|(?:officer|department|town|council|county)s?'s?)"
    r"(?: (?:own|new|short|latest|first|two|body|body-worn|traffic|patrol|training|safety|public|official))*"
    r"|body|body-worn|traffic|red[ -]light|speed|patrol|council|training) $"
)

_GIVE = _any(
    "send", "share", "submit", "upload", "provide", "forward", "e-?mail", "text us", "message us", "bring", "give",
    "hand", "turn over", "turn in", "drop off", "pull", "(?:contact|call|reach) us with",
    "envi\\w+", "mand[ae]\\w*", "compart\\w+", "suba\\w*", "entreg\\w+",
)  # fmt: skip
_LOOK = _any("check", "review", "look (?:at|through|over)", "go (?:through|over)", "search", "scan", "revis\\w+")
_KEEP = _any("save", "keep", "preserve", "retain", "download", "(?:delete|erase|overwrite)", "guard[ae]\\w*")
_WANT = _any(
    "looking for", "seek(?:ing|s)?", "searching for", "we (?:\\w+ )?(?:need|want)", "ask(?:ing|s)? for",
    "request(?:s|ed|ing)?", "appreciate", "interested in", "grateful for", "(?:love|like) to (?:see|have|get)",
    "register (?:your|a|any)", "buscamos", "necesitamos", "solicitamos", "pedimos",
)  # fmt: skip
_HAVE = (
    _any(
        "any(?:one|body)", "every(?:one|body)", "those", "residents?", "neighbou?rs?", "home ?owners?", "people", "you"
    )
    + r"\b.{0,30}?\b"
    + _any("with", "have(?! to)", "has", "owns?", "having")
    + "|quien(?:es)? teng\\w+|tienen?"
)
_BEFORE = re.compile(rf"\b(?:{_GIVE}|{_LOOK}|(?P<keep>{_KEEP})|{_WANT}|{_HAVE})\b")
_AFTER = re.compile(
    rf"\b(?:wanted|needed|requested|asked for|welcome|appreciated|useful|helpful|(?:would|could|can|may|might) help"
    rf"|{_GIVE} (?:it|them|us)|is asked|are asked)\b"
)
_YOURS = re.compile(r"\b(?:your|whose|their|anyone's|su|sus)\b")
_SAW = re.compile(
    r"^[^,:;]{0,40}?\b(?:caught|catch|captur\w+|recorded|saw|seen?|shows?|picked up|pick up|filmed|got|took"
    r"|grab(?:o|aron)|capt(?:o|aron))\b"
)
_NEAR = 60  # characters from the asking word to what it asks for

# "do not send", "you need not share", "we never ask for"; but not "why not send" and "do not forget to send".
_NEGATED = re.compile(r"(?<!why )\b(?:not|never|cannot|no|\w+n't)(?: (?!forget|hesitate|wait|only|just)\w+){0,3} $")
_DELETE = re.compile(r"delete|erase|overwrite")  # asked for by "do not", of all things

# Ways to be asked once and for all.
_SCHEME = re.compile(
    r"\bcamera (?:registry|registration|sharing|share|map)\b"
    r"|\blive[ -]?(?:view|stream|feed)\b.{0,40}?\b(?:your|doorbell|camera|home)\b"
)
_SENTENCE = re.compile(r"(?:[^.!]|[.!](?! |$))+")
_UNSEEN = "\u115f\u1160\u2800"  # letters and symbols that show nothing


def find_requests(text: str) -> list[tuple[int, int]]:
    """(start, end) of every place in `text` that seems to ask for footage. Invisible characters and odd spaces hide
    nothing."""
    plain, places = _plain(text)
    spans = []
    for sentence in _SENTENCE.finditer(plain):
        found = list(_asked(sentence[0]))
        if found:
            first = places[sentence.start() + min(start for start, _end in found)]
            last = places[sentence.start() + max(end for _start, end in found) - 1]
            spans.append((first, last + 1))
    return spans


def _plain(text: str) -> tuple[str, list[int]]:
    """The text as it is read: lower case, no accents, one kind of space, nothing unseen; and for each character of it
    where it stands in `text`."""
    signs, places = [], []
    for place, sign in enumerate(text):
        for part in unicodedata.normalize("NFKD", sign).lower().replace("’", "'"):
            kind = unicodedata.category(part)
            if kind in ("Cf", "Mn") or part in _UNSEEN:
                continue
            part = " " if kind in ("Zs", "Zl", "Zp", "Cc") else part
            if part == " " and signs[-1:] == [" "]:
                continue
            signs.append(part)
            places.append(place)
    return "".join(signs), places


def _asked(sentence: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each request in a sentence."""
    for scheme in _SCHEME.finditer(sentence):
        yield scheme.span()
    for thing in _THING.finditer(sentence):
        before, after = sentence[: thing.start()], sentence[thing.end() :]
        if _OWN.search(before):
            continue
        for ask in _BEFORE.finditer(before):
            if len(before) - ask.end() > _NEAR or (ask["keep"] and not thing["recording"]):
                continue
            negated = bool(_NEGATED.search(before[: ask.start()]))
            if negated == bool(_DELETE.fullmatch(ask[0])):
                yield ask.start(), thing.end()
        for ask in _AFTER.finditer(after[:_NEAR]):
            if not _NEGATED.search(after[: ask.start()]):
                yield thing.start(), thing.end() + ask.end()
        yours, saw = _YOURS.search(before), _SAW.search(after)
        if yours and saw:
            yield yours.start(), thing.end() + saw.end()
