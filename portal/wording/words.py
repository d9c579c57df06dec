"""Reads the editable file of words and patterns, and says where it is broken."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from portal.wording.plain import read

FILE = Path(__file__).with_name("r5.toml")
_WORD = re.compile(r"[$€#]|\w+")
_ENTRY = re.compile(r"\*?[\w' /$€#.&📹🎥📷📸📽🎦🔔-]+[*@]?.*")
_USED = re.compile(r"\{([a-z][a-z-]*)\}")
# Names that stand for several lists: the English and Spanish words for groups, with and without those that are colours.
_UNIONS = {
    "group": ("colour", "group-race", "group-religion", "group-nationality", "group-immigration"),
    "ethnic": ("group-race", "group-religion", "group-nationality", "group-immigration"),
    "grupo": ("es-colour", "es-group-race", "es-group-religion", "es-group-nationality", "es-group-immigration"),
    "etnia": ("es-group-race", "es-group-religion", "es-group-nationality", "es-group-immigration"),
}
_STRONG = {name for names in _UNIONS.values() for name in names} | {"slur"}
_CONTEXTS = ("conduct", "noun-before", "thing-inside")  # `unless` that the checker works out by itself
_KEYS = {"match", "key", "reason", "needs", "unless"}


class WordingError(Exception):
    """The file of words is broken: the message says where and how."""


@dataclass(frozen=True)
class Pattern:
    match: re.Pattern[str]
    key: tuple[str, ...]
    reason: str | None
    needs: tuple[str, ...]
    unless: tuple[str, ...]


class WordFile:
    """A file of `[lists]` of words, and of what is made of them: what every such file has, and how its mistakes are
    told."""

    def __init__(self, path: Path, tables: Sequence[str]) -> None:
        self._path = path
        try:
            self._source = path.read_text(encoding="utf-8")
            self._file = tomllib.loads(self._source)
        except (OSError, UnicodeDecodeError) as error:
            raise WordingError(f"{path}: cannot be read: {error}") from None
        except tomllib.TOMLDecodeError as error:
            raise WordingError(f"{path}: {error}") from None
        for name in self._file:
            if name not in ("lists", *tables):
                meant = " and ".join(f"[[{table}]]" for table in tables)
                raise self._broken(f"[{name}] means nothing here: [lists] and {meant} do", f"[{name}")
        self.lists = {name: list(self._entries(name, words)) for name, words in self._file.get("lists", {}).items()}

    def _broken(self, what: str, near: str) -> WordingError:
        place = self._source.find(near)
        place += len(near) - len(near.lstrip("\n")) if place >= 0 else 0
        line = f", line {self._source.count(chr(10), 0, place) + 1}" if place >= 0 else ""
        return WordingError(f"{self._path}{line}: {what}")

    def _entries(self, name: str, entries: Any) -> Iterator[str]:
        if not isinstance(entries, list) or not entries:
            raise self._broken(f"`{name}` has to be a list of words", f"\n{name} ")
        for entry in entries:
            if not isinstance(entry, str) or not entry.strip() or not _ENTRY.fullmatch(entry):
                raise self._broken(f"{entry!r} in `{name}` is no word", str(entry) if entry else f"\n{name} ")
            yield _folded(entry)


class Words(WordFile):
    """All lists and patterns of rule R5, ready to use."""

    def __init__(self, path: Path = FILE) -> None:
        super().__init__(path, ["pattern"])
        self._sets: dict[str, frozenset[str]] = {}
        self._regex = {name: _alternatives(entries) for name, entries in self.lists.items()}
        self._exact: dict[str, list[tuple[str, re.Pattern[str] | None]]] = {}
        self._stems: dict[str, list[tuple[str, re.Pattern[str] | None]]] = {}
        for name, entries in self.lists.items():
            self._index(name, entries)
        self.patterns = [self._pattern(number, entry) for number, entry in enumerate(self._file.get("pattern", []))]
        self._lengths = sorted({len(stem) for stem in self._stems})

    def _index(self, name: str, entries: list[str]) -> None:
        for entry in entries:
            first = _WORD.match(entry)
            if first is None:
                raise self._broken(f"{entry!r} in `{name}` does not begin with a letter", entry)
            whole = None if first.end() >= len(entry.rstrip("*@")) else re.compile(rf"{_written(entry)}(?!\w)")
            if whole is None and entry.endswith("*"):
                self._stems.setdefault(first[0], []).append((name, None))
            else:
                for word in _endings(first[0]) if whole is None and entry.endswith("@") else (first[0],):
                    self._exact.setdefault(word, []).append((name, whole))
            if whole is not None and "*" in entry[: first.end() + 1]:
                self._stems.setdefault(first[0], []).append((name, whole))

    def _pattern(self, number: int, entry: dict[str, Any]) -> Pattern:
        near = str(entry.get("match", ""))[:60] or "[[pattern]]"
        if "match" not in entry or set(entry) - _KEYS:
            wrong = ", ".join(sorted(set(entry) - _KEYS)) or "no `match`"
            raise self._broken(f"a pattern with {wrong}; it has match, key, reason, needs, unless", near)
        for name in _USED.findall(entry["match"]):
            if name not in self._regex and name not in _UNIONS:
                raise self._broken(f"there is no list {{{name}}}", f"{{{name}}}")
        for field in ("needs", "unless"):
            for name in entry.get(field, ()):
                if name not in self.lists and not (field == "unless" and name in _CONTEXTS):
                    raise self._broken(f"there is no list `{name}`", f'"{name}"')
        try:
            match = re.compile(_USED.sub(self._inserted, entry["match"]))
        except re.error as error:
            raise self._broken(f"this pattern is no regular expression: {error}", near) from None
        key: list[str] = []
        for word in entry.get("key", ()):
            if word in _UNIONS:
                key += _UNIONS[word]
            elif word in self.lists:
                key.append(word)
            else:
                key.append(f"key {number}")
                self._index(f"key {number}", [_folded(word)])
        if not key:
            raise self._broken("a pattern needs a `key`", near)
        return Pattern(
            match, tuple(key), entry.get("reason"), tuple(entry.get("needs", ())), tuple(entry.get("unless", ()))
        )

    def _inserted(self, used: re.Match[str]) -> str:
        """A list as a regular expression; a union of lists with a named part for each, which says the reason."""
        name = used[1]
        if name not in _UNIONS:
            return rf"(?<!\w)(?:{self._regex[name]})(?!\w)"
        before = used.string[: used.start()]
        again = re.search(r"\{(?:group|ethnic|grupo|etnia)\}", before) is not None
        parts = [
            f"(?:{self._regex[part]})" if again else f"(?P<{part.replace('-', '_')}>{self._regex[part]})"
            for part in _UNIONS[name]
        ]
        return rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)"

    def hits(self, signs: str) -> dict[str, list[int]]:
        """List -> where words of it begin in `signs`."""
        found: dict[str, list[int]] = {}
        for word in _WORD.finditer(signs):
            start, entries = word.start(), list(self._exact.get(word[0], ()))
            for length in self._lengths:
                if length > len(word[0]):
                    break
                entries += self._stems.get(word[0][:length], ())
            for name, whole in entries:
                if whole is None or whole.match(signs, start):
                    found.setdefault(name, []).append(start)
        return found

    @cached_property
    def disguised(self) -> frozenset[str]:
        """Words that are worth finding under a disguise."""
        names = _STRONG | {"person", "persona", "homeless"}
        return frozenset(self._single(names)) - {"con", "one"}

    @cached_property
    def strong(self) -> frozenset[str]:
        return frozenset(self._single(_STRONG))

    def _single(self, names: set[str]) -> Iterator[str]:
        for name in names:
            for entry in self.lists.get(name, ()):
                bare = entry.rstrip("*@")
                if bare.isalpha() and len(bare) >= 3:
                    yield from _endings(bare) if entry.endswith("@") else (bare, bare + "s")

    def set_of(self, name: str) -> frozenset[str]:
        """A list of plain words, to look words up in."""
        if name not in self._sets:
            self._sets[name] = frozenset(word for entry in self.lists[name] for word in _forms(entry))
        return self._sets[name]


def _folded(entry: str) -> str:
    return read(entry).signs.strip()


def _endings(stem: str) -> tuple[str, ...]:
    return tuple(stem + end for end in ("o", "a", "os", "as"))


def _forms(entry: str) -> tuple[str, ...]:
    return _endings(entry[:-1]) if entry.endswith("@") else (entry.rstrip("*"),)


def _written(entry: str) -> str:
    return re.escape(entry).replace(r"\*", r"\w*").replace("@", r"[oa]s?")


def _alternatives(entries: list[str]) -> str:
    return "|".join(_written(entry) for entry in sorted(entries, key=len, reverse=True))
