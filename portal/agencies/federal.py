"""The list of what is federal, which no agency of the directory may be: its names, short names and domains.

It is a file that the operator may replace (`PORCHLIGHT_FEDERAL_LIST`); ours says how it is read. Plain functions: no
database, no Flask.
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from portal.accounts.rules import domains

SHIPPED = Path(__file__).with_name("federal.toml")
_PARTS = ("acronyms", "beside", "phrases", "domains")


class FederalListError(Exception):
    """The file cannot be used; the text says why."""


@dataclass(frozen=True)
class Federal:
    """The list as it is compared: acronyms in capitals, everything else in lower case."""

    acronyms: frozenset[str]
    beside: frozenset[str]
    phrases: tuple[str, ...]
    domains: frozenset[str]

    def in_name(self, name: str) -> str:
        """What of a name is federal; "" when nothing is."""
        words = _words(name)
        said = f" {' '.join(words).lower()} "
        for phrase in self.phrases:
            if f" {phrase} " in said:
                return phrase
        shouted = not any(letter.islower() for letter in name)
        for place, word in enumerate(words):
            if word.upper() not in self.acronyms:
                continue
            near = {other.lower() for other in words[:place] + words[place + 1 :]}
            if len(words) == 1 or (word.isupper() and not shouted) or (word.isupper() and near & self.beside):
                return word
        return ""

    def in_email(self, email: str) -> str:
        """The domain of an address that is federal, or lies below one that is; "" when none does."""
        return next((domain for domain in domains(email) if domain in self.domains), "")

    def in_link(self, link: str) -> str:
        """The same of a web address."""
        return self.in_email(f"@{urlsplit(link).hostname or ''}")


def _words(text: str) -> list[str]:
    """The words of a name, however it is dotted, spaced or accented: "U.S." and "United States" are "US"."""
    plain = "".join(
        sign for sign in unicodedata.normalize("NFKD", text) if unicodedata.category(sign) not in ("Mn", "Cf")
    )
    plain = re.sub(r"\b(\w)\.(?=\w\b)", r"\1", plain)  # I.C.E. is ICE
    plain = re.sub(r"\b(\w)((?: \w\b)+)", lambda found: found[0].replace(" ", ""), plain)  # and so is I C E
    plain = re.sub(r"(?i)\bunited\W+states\b(?:\W+of\W+america\b)?", "US", plain)
    return re.findall(r"[^\W_]+", plain.replace("&", " and "))


@lru_cache
def read(file: str = "") -> Federal:
    """The list in a file; ours without one. Read once. Raises FederalListError."""
    path = Path(file) if file else SHIPPED
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FederalListError(f"PORCHLIGHT_FEDERAL_LIST: cannot read {path} ({error.strerror})") from error
    except ValueError as error:
        raise FederalListError(f"PORCHLIGHT_FEDERAL_LIST: {path} is not TOML: {error}") from error
    for part in _PARTS:
        values = found.get(part)
        if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
            raise FederalListError(f"PORCHLIGHT_FEDERAL_LIST: {path}: {part} has to be a list of words")
    if strange := sorted(set(found) - set(_PARTS)):
        raise FederalListError(f"PORCHLIGHT_FEDERAL_LIST: {path}: {strange[0]!r} is not one of {', '.join(_PARTS)}")
    return Federal(
        frozenset(value.strip().upper() for value in found["acronyms"]),
        frozenset(value.strip().lower() for value in found["beside"]),
        tuple(" ".join(_words(value)).lower() for value in found["phrases"]),
        frozenset(value.strip().lower().strip(".") for value in found["domains"]),
    )
