"""What somebody types into a search field, in the language of SQLite's FTS5."""

import re
from collections.abc import Sequence

MOST_TERMS = 12  # words or phrases of a search that are looked for; further ones are ignored


def search_terms(query: str) -> list[str]:
    """What somebody looks for: words, and phrases in quotes. Every other sign parts words; nothing is an error."""
    found: list[str] = []
    for number, part in enumerate(query.split('"')):
        words = re.findall(r"\w+", part)
        found += [" ".join(words)] if number % 2 and words else words
    return found[:MOST_TERMS]


def search_expression(terms: Sequence[str]) -> str:
    """The same in the language of SQLite's FTS5: all of them, and each word also as the beginning of one."""
    return " ".join(f'"{term}"' + ("" if " " in term else "*") for term in terms)
