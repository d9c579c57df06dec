"""Two things that a page does a hundred times, said once: a word of its own in the asker's language, and an address."""

from functools import lru_cache
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import get_locale, get_translations
from markupsafe import Markup


def _locale() -> str:
    if "page_locale" not in g:
        g.page_locale = str(get_locale())
    return g.page_locale


@lru_cache(maxsize=8192)
def _said(locale: str, words: str) -> Markup:
    """The words in the language of the asker, which is `locale`."""
    return Markup(get_translations().ugettext(words))


@lru_cache(maxsize=8192)
def _plain(locale: str, words: str) -> Markup:
    return _said(locale, words) % {}


def say(words: str, **values: Any) -> Markup:
    """`_()` in templates. The words are ours and therefore HTML; values are escaped."""
    locale = _locale()
    return _said(locale, words) % values if values else _plain(locale, words)


@lru_cache(maxsize=8192)
def _address(_root: str, endpoint: str, values: tuple[tuple[str, Any], ...], _types: tuple[type, ...]) -> str:
    return url_for(endpoint, **dict(values))


def address(endpoint: str, **values: Any) -> str:
    """`url_for()` in templates, for endpoints by their full name."""
    try:
        # With their types: 1 and True are one key, and two addresses.
        return _address(request.root_url, endpoint, tuple(values.items()), tuple(map(type, values.values())))
    except TypeError:  # a list among the values
        return url_for(endpoint, **values)


def init_app(app: Flask) -> None:
    app.add_template_global(say, "_")
    app.add_template_global(say, "gettext")
    app.add_template_global(address, "url_for")
