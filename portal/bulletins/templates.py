"""Texts to begin with, read from `templates.toml` once. No web."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("templates.toml")


@dataclass(frozen=True)
class Template:
    """`days`: when an update fades, by default. `agencies`: the kinds of agency that it is for; empty: all. `urgent`:
    (category, urgency, severity, certainty), or empty. Words in [brackets] are to be filled in."""

    key: str
    kind: str
    name: str
    title: str
    body: str
    source: str = ""
    days: int = 0
    agencies: tuple[str, ...] = ()
    urgent: tuple[str, ...] = ()


@lru_cache
def every() -> dict[str, Template]:
    """Key -> template, in the file's order."""
    entries = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        key: Template(
            key,
            **{name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()},
        )
        for key, entry in entries.items()
    }


def find(key: str) -> Template | None:
    return every().get(key)


def of(agency_kind: str) -> list[Template]:
    """Those that an agency of this kind may want."""
    return [one for one in every().values() if not one.agencies or agency_kind in one.agencies]
