"""Log lines say what happened, and hold no secret and nothing of what people wrote."""

import json

import pytest
import structlog
from sqlalchemy import text

from portal import logs
from portal.accounts.models import Account
from portal.jobs import Kind, Worker
from portal.mail import Mail
from portal.settings import Settings
from portal.web.access import EVERYBODY, allow
from portal.web.context import writing
from tests import factories
from tests.helpers import PASSWORD, SECRET, Town


@pytest.fixture(params=["console", "json"])
def quiet_town(request: pytest.FixtureRequest, town: Town) -> Town:
    """A town that logs as it does for real people, in either form."""
    made = Town(town.here.settings.data, log_format=request.param)
    made.app.config["PROPAGATE_EXCEPTIONS"] = False
    return made


def listen(town: Town) -> None:
    """Let log lines go to where this test's standard error is kept."""
    logs.configure(town.here.settings.log_format)


def test_what_goes_by_the_name_of_a_secret_is_not_written(quiet_town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    listen(quiet_town)
    structlog.get_logger().info("tried", password="hunter22", token="t0ken", code="7K3M9QX2", passphrase="p", id="kept")
    line = capsys.readouterr().err
    assert "kept" in line
    for secret in ("hunter22", "t0ken", "7K3M9QX2"):
        assert secret not in line


def test_signing_in_and_pairing_leave_no_secret_in_the_log(
    quiet_town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    town = quiet_town
    listen(town)
    rosa = factories.resident(town, "Rosa")
    owner = factories.Owner(town, rosa)
    capsys.readouterr()
    browser = town.browser()
    browser.post("/sign-in", {"email": rosa.email, "password": "not it at all"})
    browser.post("/sign-in", {"email": rosa.email, "password": PASSWORD})
    browser.post("/password/forgotten", {"email": rosa.email})
    code = "".join(
        browser.post("/devices/new", {"name": "Door", "place": "here"}).soup.select_one("#code").text.split()
    )
    paired = town.device(None).post("pairings", {"code": code, "model": "L", "serial": "s1", "firmware": "1"})
    assert paired.status_code == 201
    town.device(None).post("pairings", {"code": code, "model": "L", "serial": "s2", "firmware": "1"})
    town.device(paired.json["token"]).post("events", {"events": [{}]})
    town.device("wrong-token").post("events", {"events": [{}]})
    town.work()
    written = "".join(capsys.readouterr())
    with town.reading() as act:
        session_key = act.session.get_one(Account, rosa.id).session_key
    for secret in (PASSWORD, "not it at all", code, paired.json["token"], "wrong-token", session_key, owner.recipient):
        assert secret not in written


def test_a_mistake_of_ours_is_written_with_its_place_and_without_what_people_typed(
    quiet_town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    listen(quiet_town)

    @allow(*EVERYBODY)
    def broken() -> str:
        typed = "the words of a neighbour"
        raise RuntimeError(str(len(typed)))

    quiet_town.app.add_url_rule("/broken", "broken", broken)
    assert quiet_town.app.test_client().get("/broken?token=s3cret").status_code == 500
    written = capsys.readouterr().err
    assert "request failed" in written
    assert "RuntimeError" in written
    assert "test_logs.py" in written
    assert "s3cret" not in written
    assert "words of a neighbour" not in written, "local variables are people's words and passwords"


def test_a_job_that_fails_is_written_without_the_letter_that_it_was_about(
    quiet_town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    town = quiet_town
    listen(town)
    rosa = factories.resident(town, "Rosa")
    town.browser().post("/password/forgotten", {"email": rosa.email})
    (letter,) = [letter for letter in town.letters(rosa.email) if letter.body]
    token = letter.body.split("/password/reset/")[1].split()[0]

    def deliver(here: object, mail_id: object) -> None:
        body = letter.body
        raise ConnectionRefusedError(len(body))

    Worker(town.here, [Kind("mail", Mail, deliver, lambda *_: None)]).run_one()  # type: ignore[arg-type]
    written = capsys.readouterr().err
    assert "job failed" in written
    assert token not in written
    assert rosa.email not in written


def test_a_mistake_in_the_database_is_written_without_the_values(
    quiet_town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    listen(quiet_town)

    @allow(*EVERYBODY)
    def broken() -> str:
        with writing() as act:
            statement = text("INSERT INTO counter (name, value) VALUES (:name, NULL)")
            act.session.execute(statement, {"name": " ".join(("the", "words of", "a neighbour"))})
        return ""

    quiet_town.app.add_url_rule("/broken", "broken", broken)
    assert quiet_town.app.test_client().get("/broken").status_code == 500
    written = capsys.readouterr().err
    assert "NOT NULL constraint failed: counter.value" in written
    assert "words of a neighbour" not in written


def test_settings_in_a_message_show_no_secret(town: Town) -> None:
    settings = Settings(secret_key=SECRET, smtp_password="hunter22")
    assert SECRET not in f"{settings!r} {settings}"
    assert "hunter22" not in f"{settings!r} {settings}"


def test_json_lines_are_one_object_each(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    structlog.get_logger().warning("something", number=3)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["number"], line["level"]) == ("something", 3, "warning")
    assert "timestamp" in line
