"""What the operator is told when a setting cannot be right, and that all of them are written down."""

import re
import secrets
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import PydanticUndefined

from portal.settings import PREFIX, SECRETS, Settings, SettingsError, load

GOOD = secrets.token_hex(32)
DOCS = Path(__file__).resolve().parent.parent / "docs" / "settings.md"


def refused(environ: dict[str, str], **given: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        load(environ, **given)
    return str(caught.value)


def test_a_missing_secret_says_what_to_set_and_how_to_make_one() -> None:
    message = refused({})
    assert "PORCHLIGHT_SECRET_KEY is not set" in message
    assert "python3 -c" in message, "a command to copy"


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(GOOD + "\n")
    assert load({"PORCHLIGHT_SECRET_KEY_FILE": str(tmp_path / "key")}).secret_key == GOOD


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    message = refused({"PORCHLIGHT_SECRET_KEY_FILE": str(tmp_path / "none")})
    assert "PORCHLIGHT_SECRET_KEY_FILE" in message
    assert str(tmp_path / "none") in message


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_is_set_twice_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(GOOD)
    variable = PREFIX + name.upper()
    environ = {"PORCHLIGHT_SECRET_KEY": GOOD, variable: GOOD, variable + "_FILE": str(tmp_path / "key")}
    assert "keep one of them" in refused(environ)


@pytest.mark.parametrize(
    "placeholder",
    [
        "changeme" * 4,
        "change-me-change-me-change-me-change-me",
        "replace-this-with-a-long-random-string",
        "your-secret-key-goes-here-0123456789",
        "insecure-example-key-for-development",
        "x" * 64,
        "0123456" * 6,
    ],
)
def test_a_placeholder_is_no_secret(placeholder: str) -> None:
    message = refused({"PORCHLIGHT_SECRET_KEY": placeholder})
    assert "PORCHLIGHT_SECRET_KEY" in message
    assert placeholder not in message, "a message ends in logs, and a secret does not"


def test_a_short_secret_is_refused_without_repeating_it() -> None:
    message = refused({"PORCHLIGHT_SECRET_KEY": "aB3dE5fG7h"})
    assert "PORCHLIGHT_SECRET_KEY" in message
    assert "aB3dE5fG7h" not in message


@pytest.mark.parametrize("make", [secrets.token_hex, secrets.token_urlsafe])
def test_a_random_secret_is_taken(make: Any) -> None:
    for _ in range(200):
        key = make(32)
        assert load({"PORCHLIGHT_SECRET_KEY": key}).secret_key == key


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "town.example", ""])
def test_a_demo_is_not_shown_to_the_world(host: str) -> None:
    message = refused({"PORCHLIGHT_SECRET_KEY": GOOD, "PORCHLIGHT_DEMO": "true", "PORCHLIGHT_HOST": host})
    assert "loopback" in message
    assert "PORCHLIGHT_HOST" in message


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"])
def test_a_demo_runs_at_home(host: str) -> None:
    assert load({"PORCHLIGHT_SECRET_KEY": GOOD, "PORCHLIGHT_DEMO": "1", "PORCHLIGHT_HOST": host}).demo


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "/etc/localtime"])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    message = refused({"PORCHLIGHT_SECRET_KEY": GOOD, "PORCHLIGHT_TIMEZONE": zone})
    assert message.startswith("PORCHLIGHT_TIMEZONE")
    assert "America/Chicago" in message, "an example of what would do"


def test_the_towns_sites_are_hosts_and_nothing_wider() -> None:
    given = {"PORCHLIGHT_SECRET_KEY": GOOD, "PORCHLIGHT_TOWN_SITES": "www.Maple.example, library.maple.example:8443,"}
    assert load(given).town_sites == ("www.maple.example", "library.maple.example:8443")
    assert load({"PORCHLIGHT_SECRET_KEY": GOOD}).town_sites == ()


@pytest.mark.parametrize(
    "sites",
    ["https://www.maple.example", "*", "*.maple.example", "maple.example/news", "maple.example; script-src *", "a b"],
)
def test_a_town_site_that_is_no_host_is_refused(sites: str) -> None:
    message = refused({"PORCHLIGHT_SECRET_KEY": GOOD, "PORCHLIGHT_TOWN_SITES": sites})
    assert message.startswith("PORCHLIGHT_TOWN_SITES")
    assert "www.maple.example" in message, "an example of what would do"


def test_all_that_is_wrong_is_said_at_once() -> None:
    message = refused(
        {"PORCHLIGHT_SECRET_KEY": GOOD, "PORCHLIGHT_PORT": "99999", "PORCHLIGHT_THREADS": "many", "PORCHLIGHT_X": "1"}
    )
    assert [line.split(":")[0] for line in message.splitlines()] == ["PORCHLIGHT_PORT", "PORCHLIGHT_THREADS"]


def test_what_is_given_wins_over_the_environment() -> None:
    assert load({"PORCHLIGHT_SECRET_KEY": GOOD, "PORCHLIGHT_PORT": "9000"}, port=9001).port == 9001


def test_cookies_are_secure_where_people_come_by_https() -> None:
    assert not load({"PORCHLIGHT_SECRET_KEY": GOOD}).secure_cookies
    assert load({"PORCHLIGHT_SECRET_KEY": GOOD, "PORCHLIGHT_BASE_URL": "https://maple.example"}).secure_cookies


def row(name: str) -> str:
    """A setting's line in docs/settings.md."""
    field = Settings.model_fields[name]
    variable = f"`{PREFIX}{name.upper()}`" + (f" or `{PREFIX}{name.upper()}_FILE`" if name in SECRETS else "")
    if field.default is PydanticUndefined:
        default = "must be set"
    else:
        value = ",".join(field.default) if isinstance(field.default, tuple) else str(field.default)
        value = value.lower() if isinstance(field.default, bool) else value
        default = f"`{value}`" if value else "empty"
    return f"| {variable} | {default} | {field.description} |"


def test_every_setting_stands_in_the_docs_with_its_default_and_meaning() -> None:
    listed = [line for line in DOCS.read_text().splitlines() if line.startswith(f"| `{PREFIX}")]
    assert listed == [row(name) for name in Settings.model_fields]


def test_no_setting_is_without_effect() -> None:
    portal = DOCS.parent.parent / "portal"
    code = "\n".join(path.read_text() for path in portal.rglob("*.py"))
    unused = [name for name in Settings.model_fields if not re.search(rf"(settings|self)\.{name}\b", code)]
    assert not unused
