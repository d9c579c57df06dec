"""Agencies from the command line: for scripts, and for a town whose first operators are not there yet."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from portal import cli, create_app
from portal.agencies import queries
from portal.audit.models import LedgerEntry
from portal.db import SYSTEM
from portal.mail import Mail
from portal.web.context import Porchlight
from tests.helpers import SECRET

ADD = ("agency", "add", "--slug", "oak-fire", "--kind", "fire", "--name", "Oak Fire", "--email", "desk@oak.example")
TABLE = "slug,kind,name,email\nelm-police,police,Elm Police,desk@elm.example\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Porchlight:
    monkeypatch.setenv("PORCHLIGHT_SECRET_KEY", SECRET)
    monkeypatch.setenv("PORCHLIGHT_DATA", str(tmp_path))
    assert run("init").exit_code == 0
    return create_app().extensions["porchlight"]


def run(*args: str) -> Result:
    return CliRunner().invoke(cli.porchlight, list(args))


def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *args: str) -> str:
    """What a command that cannot be done says as it ends."""
    monkeypatch.setattr("sys.argv", ["porchlight", *args])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return str(ended.value.code) + capsys.readouterr().err


def letter_to(here: Porchlight, email: str) -> str:
    with here.database.read(SYSTEM, here.clock) as act:
        body = act.session.scalars(select(Mail.body).where(Mail.recipient == email).order_by(Mail.written_at)).all()[-1]
    return str(body).split("/agencies/confirm/")[1].split()[0]


def state(here: Porchlight, slug: str) -> str:
    with here.database.read(SYSTEM, here.clock) as act:
        found = queries.by_slug(act, slug)
        return found.state if found else "none"


def confirm(here: Porchlight, email: str) -> None:
    client = create_app().test_client()
    path = f"/agencies/confirm/{letter_to(here, email)}"
    page = client.get(path).get_data(as_text=True)
    token = page.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    assert client.post(path, data={"csrf_token": token}).status_code == 200


def test_a_script_proposes_and_a_second_name_approves(
    here: Porchlight, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "is proposed" in run(*ADD, "--attest", "Ada Lind, Town clerk", "--joined-on", "2021-05-31").output
    approve = ("agency", "approve", "--slug", "oak-fire", "--by")
    assert "has not confirmed yet" in said(capsys, monkeypatch, *approve, "Bo Lind")
    confirm(here, "desk@oak.example")
    assert state(here, "oak-fire") == "confirmed"
    assert "it takes somebody else" in said(capsys, monkeypatch, *approve, "ada  lind")
    assert "may publish until" in run(*approve, "Bo Lind").output
    assert state(here, "oak-fire") == "verified"
    with here.database.read(SYSTEM, here.clock) as act:
        facts = act.session.scalars(select(LedgerEntry.facts).where(LedgerEntry.kind == "agency.approved")).one()
    assert (facts["proposed"], facts["by"], facts["via"]) == ("Ada Lind", "Bo Lind", "command line")


def test_without_an_attestation_it_waits_for_one(
    here: Porchlight, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Somebody has to attest" in run(*ADD).output
    confirm(here, "desk@oak.example")
    approve = ("agency", "approve", "--slug", "oak-fire", "--by", "Bo Lind")
    assert "Nobody has attested" in said(capsys, monkeypatch, *approve)
    assert run("agency", "attest", "--slug", "oak-fire", "--attest", "no title").exit_code == 1
    assert run("agency", "attest", "--slug", "oak-fire", "--attest", "Ada Lind, Clerk").exit_code == 0
    assert run(*approve).exit_code == 0


def test_a_new_letter_ends_the_link_in_the_old_one(here: Porchlight) -> None:
    run(*ADD)
    first = letter_to(here, "desk@oak.example")
    assert "has a letter" in run("agency", "letter", "--slug", "oak-fire").output
    assert letter_to(here, "desk@oak.example") != first
    assert run("agency", "letter", "--slug", "none").exit_code == 1


def test_a_member_has_an_address_of_the_agency(
    here: Porchlight, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(*ADD)
    add = ("agency", "add-member", "--agency", "oak-fire", "--name", "Olga Reyes", "--title", "Chief", "--email")
    assert "not on the agency's own mail domain, oak.example" in said(capsys, monkeypatch, *add, "olga@gmail.example")
    assert "has a letter" in run(*add, "olga@oak.example").output


def test_a_table_is_imported_with_an_attestation_and_again_without_harm(here: Porchlight, tmp_path: Path) -> None:
    file = tmp_path / "agencies.csv"
    file.write_text(TABLE)
    refused = run("import", str(file))
    assert refused.exit_code == 1 and '--attest "NAME, TITLE"' in refused.output
    assert state(here, "elm-police") == "none"
    for expected in ("1 agencies are proposed", "1 were in the directory already"):
        taken = run("import", str(file), "--attest", "Ada Lind, Clerk")
        assert taken.exit_code == 0 and expected in taken.output
    assert state(here, "elm-police") == "proposed"


def test_a_wrong_table_is_told_line_by_line_and_changes_nothing(
    here: Porchlight, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "agencies.csv"
    file.write_text(TABLE + "ash,cops,Ash Police,nowhere\n")
    words = said(capsys, monkeypatch, "import", str(file), "--attest", "Ada Lind, Clerk")
    assert "line 3 column 2 (kind) “cops”: One of: police" in words
    assert "line 3 column 4 (email) “nowhere”: This does not look like an e-mail address" in words
    assert "Nothing was changed" in words
    assert state(here, "elm-police") == "none"
    run(*ADD)
    file.write_text("slug,kind,name,email\noak-fire,fire,Oak Fire Rescue,desk@oak.example\n")
    words = said(capsys, monkeypatch, "import", str(file), "--attest", "Ada Lind, Clerk")
    assert "line 2 column 1 (slug) “oak-fire”: It is in the directory already, with other words" in words
