"""What these tests look with: an answer with everything that an asker could learn from it, and how it came about."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from tests.helpers import Browser, Town


@contextmanager
def statements(town: Town) -> Iterator[list[str]]:
    """The SQL that the town's database is given meanwhile, without its values."""
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("PRAGMA query_only"):  # depends on what the connection did for others before
            heard.append(statement)

    event.listen(town.here.database.engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(town.here.database.engine, "before_cursor_execute", hear)


@dataclass(frozen=True)
class Answer:
    """Everything of an answer but the hour on it, and what it took: the SQL, and the log's lines without their ids."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    statements: tuple[str, ...]
    log: tuple[tuple[tuple[str, Any], ...], ...]


def ask(town: Town, browser: Browser, method: str, path: str, **kwargs: Any) -> Answer:
    """One request as `browser`, with a good token if it sends a form."""
    if method != "GET":
        kwargs["headers"] = {"X-CSRFToken": browser.token()} | kwargs.get("headers", {})
    with statements(town) as heard, capture_logs() as lines:
        response = browser.client.open(path, method=method, **kwargs)
        body = response.get_data()
    return Answer(response.status_code, _headers(response), body, tuple(heard), tuple(map(_shape, lines)))


def _headers(response: TestResponse) -> tuple[tuple[str, str], ...]:
    """Of a cookie, that it is set; its value differs each time."""
    kept = [(name, value) for name, value in response.headers if name != "Date"]
    return tuple((name, value.partition("=")[0] if name == "Set-Cookie" else value) for name, value in kept)


def _shape(line: Any) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((key, "…" if key == "id" else str(value)) for key, value in line.items()))
