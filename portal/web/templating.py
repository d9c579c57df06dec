"""What a page does a hundred times, done once: its own words in the asker's language, addresses, parts of a page."""

from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache
from typing import Any, cast

from flask import Flask, current_app, g, render_template, request, session, url_for
from flask_babel import get_locale, get_translations
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from sqlalchemy import Select, select

from portal.web.context import actor, reading
from portal.web.lru import Lru

ROOM = 8_000_000  # characters
TOKEN, PIECES = "\ue000", "\ue001"  # where they stand in a page that is kept; of Unicode's private use


def locale() -> str:
    """The language of the asker."""
    if "page_locale" not in g:
        g.page_locale = str(get_locale())
    return g.page_locale


@lru_cache(maxsize=8192)
def _said(language: str, words: str) -> Markup:
    """The words in the language of the asker, which is `language`."""
    return Markup(get_translations().ugettext(words))


@lru_cache(maxsize=8192)
def _plain(language: str, words: str) -> Markup:
    return _said(language, words) % {}


def say(words: str, **values: Any) -> Markup:
    """`_()` in templates. The words are ours and therefore HTML; values are escaped."""
    language = locale()
    return _said(language, words) % values if values else _plain(language, words)


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


def kept_part(*key: Hashable, caller: Callable[[], Markup]) -> Markup:
    """`{% call kept_part("name", …) %} … {% endcall %}`: a part of a page that depends on nothing but these values and
    the language. No token, no name of a person and no flash may stand in it."""
    parts = cast(Lru, current_app.extensions["kept_parts"])
    full = (locale(), *key)
    part = parts.get(full)
    if part is None:
        part = Markup(caller())
        parts.put(full, part)
    return part


def kept_page(template: str, key: Hashable, pieces: Iterable[Markup], **values: Any) -> str:
    """`render_template` for a page that is asked for again and again: all of it but its `pieces` is kept.

    `key` holds everything of `values` that the page depends on. What every page depends on is added here: who asks,
    the language, the address, and what `in_every_page` was given. Tokens and pieces are filled in each time; a page
    with flashes is made anew.
    """
    if "_flashes" in session:
        return render_template(template, pieces=pieces, **values)
    pages = cast(Lru, current_app.extensions["kept_parts"])
    full = (template, key, actor(), locale(), request.endpoint, request.root_url, *told().values())
    page, token = pages.get(full), generate_csrf()
    if page is None:
        page = Markup(render_template(template, pieces=(Markup(PIECES),), **values).replace(token, TOKEN))
        pages.put(full, page)
    # As plain text, and the pieces last: nothing in them is looked through.
    return str(page).replace(TOKEN, token).replace(PIECES, "".join(pieces))


def in_every_page(app: Flask, name: str, tell: Callable[..., Hashable], *counts: Select[Any]) -> None:
    """Make `name()` known to all templates: what it tells a resident may stand in the frame; None for anybody else.

    `counts` give one value each, of the account bound as `reader`, and are what `tell` is called with. Those of all
    names are read in one statement.
    """
    app.extensions["in_every_page"][name] = (tell, counts)
    app.add_template_global(lambda: told().get(name), name)


def told() -> dict[str, Hashable]:
    """What every page tells its reader, by name."""
    if "told" not in g:
        g.told = _told() if actor().kind == "resident" else {}
    return g.told


def _told() -> dict[str, Hashable]:
    tellers = current_app.extensions["in_every_page"]
    row = iter(
        reading().session.connection().execute(_all_counts(tuple(tellers.values())), {"reader": actor().id}).one()
    )
    return {name: tell(*(next(row) for _count in counts)) for name, (tell, counts) in tellers.items()}


@lru_cache
def _all_counts(tellers: tuple[tuple[Any, tuple[Select[Any], ...]], ...]) -> Select[Any]:
    return select(*(count.scalar_subquery() for _tell, counts in tellers for count in counts))


def init_app(app: Flask) -> None:
    app.extensions["kept_parts"] = Lru(ROOM)
    app.extensions["in_every_page"] = {}
    app.add_template_global(kept_part)
    app.add_template_global(say, "_")
    app.add_template_global(say, "gettext")
    app.add_template_global(address, "url_for")
