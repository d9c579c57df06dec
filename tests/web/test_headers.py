"""What every answer carries to the browser, whoever asks and whatever comes of it."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from portal.server import Gunicorn
from portal.web import assets
from tests import factories, people
from tests.helpers import Town

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def directives(policy: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (part.split() for part in policy.split(";"))}


ANSWERS = [
    ("/", 200),
    ("/sign-in", 200),
    ("/agencies", 200),
    ("/ledger", 200),
    ("/devices", 302),
    ("/nothing-here", 404),
    ("/posts/0190b1c2-7d3e-7abc-8def-0123456789ab", 404),
    ("/sign-out", 405),
    ("/ledger?before=forged", 400),
    ("/healthz", 200),
    ("/api/v1/openapi.json", 200),
    ("/api/v1/nothing-here", 404),
    ("/static/VERSION/css/base.css", 200),
    ("/static/VERSION/js/ui.js", 200),
    ("/static/VERSION/img/logo.svg", 200),
    ("/static/older/css/base.css", 404),
]


def test_every_answer_says_what_a_browser_may_do_with_it(town: Town) -> None:
    for path, status in ANSWERS:
        answer = town.app.test_client().get(path.replace("/static/VERSION", prefix(town)))
        assert answer.status_code == status, path
        check_headers(answer)


def prefix(town: Town) -> str:
    """Where this town's pages find static files: "/static/<version>"."""
    return town.app.jinja_env.globals["static"]("").rstrip("/")


def check_headers(answer: TestResponse) -> None:
    for name, value in ALWAYS.items():
        assert answer.headers.get(name) == value, name
    policy = directives(answer.headers["Content-Security-Policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    words = [word for values in policy.values() for word in values]
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "http:"} & set(words)
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == ["'self'"]
    assert "Access-Control-Allow-Origin" not in answer.headers, "no other site reads what we say"
    assert "Server" not in answer.headers or "Python" not in answer.headers["Server"]


def test_a_page_made_for_one_person_is_kept_by_nobody(town: Town) -> None:
    cast = people.everybody(town)
    for path in ("/account", "/devices", "/feed", "/agencies"):
        answer = town.browser(cast.rosa).client.get(path)
        assert answer.headers["Cache-Control"] == "private, no-store", path
        assert {"Cookie", "HX-Request"} <= set(answer.vary), path
    assert "no-cache" in town.browser().client.get("/agencies").headers["Cache-Control"]


def test_by_https_alone_once_people_come_by_https(tmp_path: Path, town: Town) -> None:
    assert "Strict-Transport-Security" not in town.app.test_client().get("/").headers
    secure = Town(tmp_path, base_url="https://maple.example")
    answer = secure.app.test_client().get("/", base_url="https://maple.example")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    secure.here.database.engine.dispose()


# — Static files —


def test_a_static_file_is_kept_for_ever_because_its_address_changes_with_it(town: Town) -> None:
    page = town.browser().get("/sign-in")
    links = [tag["href"] for tag in page.soup.find_all("link", rel="stylesheet")]
    links += [tag["src"] for tag in page.soup.find_all("script")]
    assert links
    for link in links:
        assert link.startswith(prefix(town) + "/")
        answer = town.app.test_client().get(link)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert "public" in answer.headers["Cache-Control"]
        assert "Set-Cookie" not in answer.headers


def test_another_byte_in_any_static_file_is_another_address(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a {}")
    first = assets.version(tmp_path)
    assert assets.version(tmp_path) == first
    (tmp_path / "a.css").write_text("b {}")
    second = assets.version(tmp_path)
    (tmp_path / "a.css").rename(tmp_path / "b.css")
    assert len({first, second, assets.version(tmp_path)}) == 3


def test_no_path_leads_out_of_the_static_folder(town: Town) -> None:
    for path in ("../pyproject.toml", "..%2fpyproject.toml", "css/../../pyproject.toml", "%2e%2e/pyproject.toml"):
        assert town.app.test_client().get(f"{prefix(town)}/{path}").status_code == 404


@pytest.fixture
def served(town: Town) -> Any:
    """The application as gunicorn loads it."""
    app = Gunicorn.load(type("Loaded", (), {"settings": town.here.settings})())
    yield app
    app.extensions["porchlight"].database.engine.dispose()


def test_served_static_files_are_sent_compressed(served: Any) -> None:
    path = served.jinja_env.globals["static"]("css/components.css")
    client = served.test_client()
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert "Accept-Encoding" in packed.headers["Vary"]
    for answer in (plain, packed):
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_compressed_files_are_made_once_for_a_version(tmp_path: Path) -> None:
    root = tmp_path / "static"
    root.mkdir()
    (root / "a.css").write_text("a { color: red }\n" * 100)
    first = assets.compressed(tmp_path / "made", root)
    stamp = (first / "a.css.gz").stat().st_mtime_ns
    assert assets.compressed(tmp_path / "made", root) == first
    assert (first / "a.css.gz").stat().st_mtime_ns == stamp
    (root / "a.css").write_text("a { color: blue }\n" * 100)
    second = assets.compressed(tmp_path / "made", root)
    assert [path.name for path in (tmp_path / "made").iterdir()] == [second.name], "the older version is gone"


def test_a_shared_picture_is_asked_for_anew_soon(town: Town) -> None:
    rosa = factories.resident(town, "Rosa")
    post = factories.post(town, rosa, uploads=[factories.upload(town, factories.jpeg())])
    town.work()
    picture = town.browser(rosa).get(f"/posts/{post.id}").soup.select_one("article img")["src"]
    answer = town.browser(rosa).client.get(picture)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, max-age=60"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
