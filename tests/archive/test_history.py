"""No open request anywhere: by SQL, by import, by command, by form. And what is in the archive stays as it is."""

import inspect
import json
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from portal import cli
from portal.archive import archivefile, queries, service
from portal.archive.archivefile import ArchiveFileError
from portal.archive.models import ArchivedRequest
from portal.db import Base, NotFound, Refusal
from portal.settings import Settings
from portal.web.forms import Form
from simulator import archive as simulated
from simulator import scenario
from simulator.town import build_town
from tests.archive.files import AGENCY, CONTACT, body, bring_in, request, written
from tests.helpers import SECRET, Town
from tests.people import everybody

ROOT = Path(__file__).parents[2]


def rows(town: Town, table: str = "archived_request") -> list[tuple[Any, ...]]:
    with town.here.database.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")]


def everything(town: Town) -> dict[str, list[tuple[Any, ...]]]:
    tables = ("archive_import", "archive_agency", "archived_request", "archive_text", "ledger")
    return {table: rows(town, table) for table in tables}


def attempt(town: Town, sql: str, *values: object) -> None:
    with town.acting() as act:
        act.session.connection().exec_driver_sql(sql, values)


# — By SQL —

# A row of the database that is good but for its number and its case number; each change below breaks one constraint.
BREAKS: dict[str, tuple[dict[str, str], str]] = {
    "open": ({"closed_on": "NULL"}, "NOT NULL constraint failed: archived_request.closed_on"),
    "closed later": ({"closed_on": "'2024-03-01'"}, "ck_archived_request_closed"),
    "closed in the future": ({"closed_on": "'2099-01-01'"}, "ck_archived_request_closed"),
    "closed now": ({"closed_on": "date('now')"}, "ck_archived_request_closed"),
    "closed before posting": (
        {"closed_on": "'2023-03-03'", "replies": "0", "last_reply_at": "NULL"},
        "ck_archived_request_closed",
    ),
    "closed on nothing": ({"closed_on": "''"}, "ck_archived_request_closed"),
    "closed on a word": ({"closed_on": "'2023-never'"}, "ck_archived_request_closed_on_a_day"),
    "closed on a number": ({"closed_on": "20230311"}, "ck_archived_request_closed"),
    "another era": ({"era": "'ended'"}, "ck_archived_request_era"),
    "an open era": ({"era": "'open'"}, "ck_archived_request_era"),
    "posted today": (
        {"posted_at": "datetime('now') || '.000000'", "posted_on": "date('now', '-300 minutes')"},
        "ck_archived_request_",
    ),
    "posted before the era": (
        {
            "posted_at": "'2021-06-06 15:00:00.000000'",
            "posted_on": "'2021-06-06'",
            "window_from": "'2021-06-05 15:00:00.000000'",
            "window_until": "'2021-06-05 16:00:00.000000'",
        },
        "ck_archived_request_posted_in_its_era",
    ),
    "posted on another day than said": ({"posted_on": "'2023-03-05'"}, "ck_archived_request_posted_on_its_day"),
    "posted at a word": ({"posted_at": "'soon'"}, "ck_archived_request_"),
    "posted at half a time": ({"posted_at": "'2023-03-04'"}, "ck_archived_request_posted_at_is_a_time"),
    "a clock that is elsewhere": ({"utc_offset_minutes": "100000"}, "ck_archived_request_"),
    "a window too short": ({"window_until": "'2023-03-02 18:29:59.000000'"}, "ck_archived_request_window_length"),
    "a window too long": ({"window_from": "'2023-03-02 08:29:59.000000'"}, "ck_archived_request_window_length"),
    "a window turned around": ({"window_from": "'2023-03-02 21:00:00.000000'"}, "ck_archived_request_window_length"),
    "a window of words": ({"window_from": "'any time'"}, "ck_archived_request_window_from_is_a_time"),
    "a window without an end": ({"window_until": "NULL"}, "NOT NULL"),
    "a window that is not over": (
        {"window_from": "'2023-03-04 15:00:00.000000'", "window_until": "'2023-03-04 15:30:00.000000'"},
        "ck_archived_request_window_was_over",
    ),
    "an area too small": ({"square_miles": "0.0249"}, "ck_archived_request_area_size"),
    "an area too large": ({"square_miles": "0.5001"}, "ck_archived_request_area_size"),
    "an area of a word": ({"square_miles": "'some'"}, "ck_archived_request_area_size"),
    "no area": ({"area": "NULL"}, "NOT NULL"),
    "an area that is a point": ({"area": """'{"type": "Point"}'"""}, "ck_archived_request_area_is_a_polygon"),
    "an area that is no JSON": ({"area": "'here'"}, "ck_archived_request_area_is_a_polygon"),
    "replies in the future": ({"last_reply_at": "'2099-01-01 00:00:00.000000'"}, "ck_archived_request_closed_after"),
    "replies after the end": ({"last_reply_at": "'2024-03-02 00:00:00.000000'"}, "ck_archived_request_closed_after"),
    "replies before posting": ({"last_reply_at": "'2023-03-04 15:11:00.000000'"}, "ck_archived_request_replies_follow"),
    "replies without a last": ({"last_reply_at": "NULL"}, "ck_archived_request_replies_have_a_last"),
    "a last without replies": ({"replies": "0"}, "ck_archived_request_replies_have_a_last"),
    "fewer replies than none": ({"replies": "-1"}, "ck_archived_request_replies"),
    "replies in words": ({"replies": "'many'"}, "ck_archived_request_replies"),
    "a last reply in words": ({"last_reply_at": "'0'"}, "ck_archived_request_"),
    "no case": ({"case_number": "' '"}, "ck_archived_request_case_number_said"),
    "no type": ({"incident_type": "''"}, "ck_archived_request_incident_type_said"),
    "no text": ({"text": "''"}, "ck_archived_request_text_said"),
    "no contact": ({"contact_name": "''"}, "ck_archived_request_contact_name_said"),
    "no title": ({"contact_title": "''"}, "ck_archived_request_contact_title_said"),
    "no way to reach the contact": (
        {"contact_email": "NULL", "contact_phone": "NULL"},
        "ck_archived_request_contact_can_be_reached",
    ),
    "a number below all": ({"id": "-1"}, "ck_archived_request_id_counts_up"),
    "no agency": ({"agency_id": "'none'"}, "FOREIGN KEY"),
    "no file": ({"import_id": "'none'"}, "FOREIGN KEY"),
    "a known case": ({"case_number": "case_number"}, "nothing in it is ever replaced"),
    "a known number": ({"id": "id"}, "nothing in it is ever replaced"),
}


def copied(changes: dict[str, str], how: str = "INSERT") -> str:
    """A statement that inserts the archive's row once more, under another number and case, with changes."""
    values = {"id": "NULL", "case_number": "'23-MP-00008'"} | changes
    names = [column.name for column in ArchivedRequest.__table__.columns]
    return (
        f"{how} INTO archived_request ({', '.join(names)})"
        f" SELECT {', '.join(values.get(name, name) for name in names)} FROM archived_request LIMIT 1"
    )


@pytest.mark.parametrize("name", BREAKS)
def test_the_database_takes_no_request_that_is_open_or_breaks_a_limit(town: Town, tmp_path: Path, name: str) -> None:
    bring_in(town, tmp_path, body())
    changes, words = BREAKS[name]
    before = everything(town)
    with pytest.raises(IntegrityError, match=words):
        attempt(town, copied(changes))
    assert everything(town) == before


def test_the_row_that_is_changed_above_is_good(town: Town, tmp_path: Path) -> None:
    bring_in(town, tmp_path, body())
    attempt(town, copied({}))
    assert len(rows(town)) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE archived_request SET closed_on = NULL",
        "UPDATE archived_request SET closed_on = '2099-01-01'",
        "UPDATE archived_request SET closed_on = '2023-03-12'",
        "UPDATE archived_request SET text = 'Please send us your footage.'",
        "UPDATE archived_request SET case_number = case_number",
        "UPDATE archive_agency SET name = 'Another'",
        "UPDATE archive_import SET sha256 = 'x'",
        "UPDATE OR REPLACE archived_request SET id = 7",
        "DELETE FROM archived_request",
        "DELETE FROM archive_agency",
        "DELETE FROM archive_import",
        copied({"id": "id", "case_number": "case_number"}, "INSERT OR REPLACE"),
        copied({"case_number": "case_number"}, "REPLACE"),
        copied({"case_number": "case_number"}) + " WHERE true ON CONFLICT (case_number) DO UPDATE SET replies = 9",
        "INSERT OR REPLACE INTO archive_import SELECT * FROM archive_import",
        "INSERT OR REPLACE INTO archive_agency SELECT * FROM archive_agency",
        "INSERT INTO archive_import VALUES ('0123456789abcdef0123456789abcdef', 'x', '{}', '[]', '2026-05-14 16:00')",
    ],
)
def test_what_is_in_the_archive_is_never_changed_replaced_or_deleted(town: Town, tmp_path: Path, sql: str) -> None:
    bring_in(town, tmp_path, body())
    before = everything(town)
    with pytest.raises(IntegrityError, match="history"):
        attempt(town, sql.replace("LIMIT 1 WHERE true", "WHERE true"))
    assert everything(town) == before


def test_not_even_who_switches_off_foreign_keys_takes_a_row_out(town: Town, tmp_path: Path) -> None:
    bring_in(town, tmp_path, body())
    connection = town.here.database.engine.raw_connection()
    try:
        connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        connection.driver_connection.execute("PRAGMA query_only=OFF")
        for table in ("archived_request", "archive_agency", "archive_import"):
            with pytest.raises(Exception, match="history"):
                connection.driver_connection.execute(f"DELETE FROM {table}")
    finally:
        connection.driver_connection.execute("PRAGMA foreign_keys=ON")
        connection.close()


def test_no_other_table_could_hold_a_request() -> None:
    """What makes a request is a time window, an area and a case. No table but the archive's has two of the three."""
    marks = {
        "case": r"case_(number|no)|incident",
        "window": r"window|_until$|^until$",
        "area": r"polygon|square|^area$",
    }
    suspects = {}
    for name, table in Base.metadata.tables.items():
        found = {
            mark for mark, words in marks.items() if any(re.search(words, column.name) for column in table.columns)
        }
        if len(found) > 1:
            suspects[name] = found
    assert suspects == {"archived_request": {"case", "window", "area"}}
    for name, table in Base.metadata.tables.items():
        if name.startswith("archive"):
            assert not {"state", "status", "open", "kind_of_request", "reply_to"} & {
                column.name for column in table.columns
            }, name


# — By import —


def ledger_kinds(town: Town) -> list[str]:
    return [row[2] for row in rows(town, "ledger")]


def run(town: Town, *arguments: str) -> Any:
    """A command of `porchlight`, on this town. What goes wrong comes out as it would on the command line."""
    env = {"PORCHLIGHT_SECRET_KEY": SECRET, "PORCHLIGHT_DATA": str(town.here.settings.data)}
    return CliRunner(env=env).invoke(cli.porchlight, list(arguments))


def test_importing_says_what_it_did_and_the_ledger_has_it_for_everybody(town: Town, tmp_path: Path) -> None:
    path = written(tmp_path, body(request(), request(case_number="23-MP-00008")))
    said = run(town, "import", str(path))
    assert said.exit_code == 0, said.output
    digest = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout.split()[0]
    assert "2 closed requests of 1 agencies are in the archive" in said.output and digest in said.output
    assert len(rows(town)) == 2
    words = town.browser().get("/ledger").words
    assert f"brought 2 closed requests of 1 agencies into the archive, from a file with the SHA-256 {digest}" in words
    assert digest in run(town, "archive", "list").output


def test_a_file_with_one_open_request_is_refused_whole(town: Town, tmp_path: Path) -> None:
    wrong = [request(case_number=f"23-MP-{number:05d}") for number in range(20)]
    wrong[13]["closed_on"] = None
    before = everything(town)
    said = run(town, "import", str(written(tmp_path, body(*wrong))))
    assert said.exit_code != 0
    assert isinstance(said.exception, ArchiveFileError)
    assert "line 22, request 23-MP-00013, closed_on: it has to be a day" in str(said.exception)
    assert everything(town) == before


def test_a_request_that_a_reader_would_let_through_is_stopped_by_the_database(town: Town, tmp_path: Path) -> None:
    """The reader is the first to say no; the database says it again."""
    file = archivefile.read(written(tmp_path, body()))
    late = [type(one)(**(vars(one) | {"closed_on": date(2024, 3, 1)})) for one in file.requests]
    before = everything(town)
    with pytest.raises(IntegrityError, match="ck_archived_request_closed"), town.acting() as act:
        service.bring_in(act, type(file)(**(vars(file) | {"requests": tuple(late)})))
    assert everything(town) == before


def test_the_same_file_or_case_or_another_town_is_refused(town: Town, tmp_path: Path) -> None:
    bring_in(town, tmp_path, body())
    before = everything(town)

    def refused(content: dict[str, Any]) -> str:
        with pytest.raises(ArchiveFileError) as caught:
            bring_in(town, tmp_path, content, "second.json")
        assert everything(town) == before
        return str(caught.value)

    assert "this very file is in the archive already" in refused(body())
    number = rows(town)[0][0]
    assert (
        f"line 9, request 23-MP-00007, case_number: the archive has this case number already, in request {number}"
        in (refused(body(request(replies=5))))
    )
    later = request(case_number="23-MP-00099")
    assert "another town or clock: Maple" in refused(body(later, town={"name": "Elm", "utc_offset_hours": -5}))
    other = AGENCY | {"contact": CONTACT | {"name": "Somebody Else"}}
    assert "line 6, agency maple-police: the archive has this agency with another name" in (
        refused(body(later, agencies=[other]))
    )


def test_a_second_file_of_the_same_town_adds_to_the_first(town: Town, tmp_path: Path) -> None:
    sheriff = AGENCY | {"slug": "maple-sheriff", "name": "Maple Sheriff"}
    bring_in(town, tmp_path, body())
    second = body(
        request(case_number="22-MS-00001", agency="maple-sheriff"),
        request(case_number="23-MP-00008"),
        agencies=[AGENCY, sheriff],
    )
    bring_in(town, tmp_path, second, "second.json")
    with town.reading() as act:
        assert [agency.slug for agency in queries.agencies(act)] == ["maple-police", "maple-sheriff"]
        assert queries.count(act) == 3
        assert queries.count(act, queries.Wish(agency="maple-police")) == 2


def test_a_file_can_be_taken_out_whole_in_public_and_imported_again(town: Town, tmp_path: Path) -> None:
    made = bring_in(town, tmp_path, body())
    numbers = [row[0] for row in rows(town)]
    said = run(town, "archive", "withdraw", made.sha256, "--reason", "Its texts name the victim of a burglary.")
    assert said.exit_code == 0, said.output
    assert "1 requests are out of the archive" in said.output
    assert all(
        not rows(town, table) for table in ("archived_request", "archive_agency", "archive_import", "archive_text")
    )
    words = town.browser().get("/ledger").words
    assert f"took 1 requests out of the archive: the whole file with the SHA-256 {made.sha256}" in words
    assert "Its texts name the victim of a burglary." in words
    bring_in(town, tmp_path, body())
    assert [row[0] for row in rows(town)] > numbers, "a number that somebody may have cited is never used again"


def test_nothing_is_taken_out_without_a_reason_or_by_a_wrong_digest(town: Town, tmp_path: Path) -> None:
    made = bring_in(town, tmp_path, body())
    before = everything(town)
    assert run(town, "archive", "withdraw", made.sha256).exit_code != 0
    with pytest.raises(Refusal, match="reason-short"), town.acting() as act:
        service.withdraw(act, made.sha256, "  oops     ")
    with pytest.raises(NotFound), town.acting() as act:
        service.withdraw(act, made.sha256[:-1] + "x", "It names somebody in its text.")
    assert "There is no such file" in run(town, "archive", "withdraw", "x", "--reason", "It names a person.").output
    assert everything(town) == before


# — The simulator's files —

LEGACY = scenario.load("legacy-2023").archive


def simulated_file(seed: str, homes: int) -> str:
    return simulated.text(simulated.build(build_town(seed, homes), LEGACY))


seeds = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(1, 80))
def test_whatever_the_seed_the_simulators_file_is_read(
    tmp_path_factory: pytest.TempPathFactory, seed: str, homes: int
) -> None:
    path = written(tmp_path_factory.getbasetemp(), simulated_file(seed, homes))
    assert len(archivefile.read(path).requests) == LEGACY.requests


def test_the_simulators_file_is_imported_as_its_command_writes_it(town: Town, tmp_path: Path) -> None:
    """The two programs share no code, so what one writes is tried on the other."""
    path = tmp_path / "legacy.json"
    command = [sys.executable, "-m", "simulator", "archive", "--homes", "40", "--out", str(path)]
    subprocess.run(command, check=True, cwd=ROOT)
    said = run(town, "import", str(path))
    assert said.exit_code == 0, said.output
    assert len(rows(town)) == LEGACY.requests


def later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def stretched(one: dict[str, Any], factor: float) -> None:
    """Its area, that much wider and higher."""
    (ring,) = one["area"]["coordinates"]
    west, south = ring[0]
    ring[:] = [[west + (x - west) * factor, south + (y - south) * factor] for x, y in ring]


MUTATIONS: dict[str, Any] = {
    "left open": lambda one, n: one.update(closed_on=None),
    "closed too late": lambda one, n: one.update(closed_on=later("2024-02-29", n)),
    "closed too early": lambda one, n: one.update(closed_on=later(one["posted_at"][:10], -n - 1)),
    "posted too late": lambda one, n: one.update(posted_at=f"{later('2024-02-01', n)}T12:00:00Z"),
    "posted too early": lambda one, n: one.update(posted_at=f"{later('2021-06-07', -n)}T03:00:00Z"),
    "a reply too late": lambda one, n: one.update(replies=n, last_reply_at=f"{later('2024-03-01', n)}T06:00:00Z"),
    "a window too short": lambda one, n: one["window"].update(until=one["window"]["from"]),
    "a window too long": lambda one, n: one["window"].update(
        {"from": later(one["window"]["from"][:10], -n) + "T00:00:00Z"}
    ),
    "an area too large": lambda one, n: stretched(one, 5 + n),
    "an area too small": lambda one, n: stretched(one, 0.2 / n),
    "an area left open": lambda one, n: one["area"]["coordinates"][0].pop(),
    "an area crossing": lambda one, n: one["area"]["coordinates"][0].insert(1, one["area"]["coordinates"][0][4]),
    "no investigation": lambda one, n: one.update(active_investigation=False),
    "no case": lambda one, n: one.update(case_number=" " * n),
    "no contact": lambda one, n: one.update(contact={}),
    "an unknown agency": lambda one, n: one.update(agency=f"police-{n}"),
    "replies without a last": lambda one, n: one.update(replies=n, last_reply_at=None),
    "a state": lambda one, n: one.update(state="open"),
    "another era": lambda one, n: one.update(era="ended"),
}


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(sorted(MUTATIONS)),
    st.integers(0, LEGACY.requests - 1),
    st.integers(1, 30),
    st.sampled_from(["maple", "birch"]),
)
def test_a_simulated_file_that_breaks_a_limit_anywhere_is_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, number: int, amount: int, seed: str
) -> None:
    content = json.loads(FILES.setdefault(seed, simulated_file(seed, 30)))
    MUTATIONS[name](content["requests"][number], amount)
    line = 8 + len(content["agencies"]) + number
    with pytest.raises(ArchiveFileError) as caught:
        archivefile.read(written(tmp_path_factory.getbasetemp(), simulated.text(content)))
    assert f"line {line}, request " in str(caught.value)


FILES: dict[str, str] = {}


# — By form, by route, by command —


def test_no_form_asks_for_what_makes_a_request() -> None:
    def below(form: type) -> list[type]:
        return [form, *(found for other in form.__subclasses__() for found in below(other))]

    names = {name for form in below(Form) for name, _field in inspect.getmembers(form) if not name.startswith("_")}
    assert {"title", "body"} <= names, "the forms of the program are known here"
    asked = {name for name in names if re.search(r"case_?number|incident|window|polygon|footage|request", name)}
    assert asked == set()


def test_no_route_takes_a_request_from_anybody(town: Town) -> None:
    cast = everybody(town)
    fields = {
        "kind": "request",
        "title": "Your footage",
        "body": "What happened on Oak Lane?",
        "case_number": "26-MP-00001",
        "incident_type": "Burglary",
        "window_from": "2026-05-13T10:00",
        "window_until": "2026-05-13T12:00",
        "area": json.dumps(request()["area"]),
    }
    tables = [name for name in Base.metadata.tables if name.startswith("arch") or name == "agency_post"]
    for account in (None, *cast.accounts().values()):
        browser = town.browser(account)
        for path in ("/requests", "/requests/new", "/requests/1", "/requests.json", "/agencies/maple-police/requests"):
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                answer = browser.client.open(path, method=method, data=fields | {"csrf_token": browser.token()})
                assert answer.status_code in (404, 405), (path, method)
        for slug in ("maple-police", "maple-fire", "town-of-maple"):
            page = browser.post(f"/agencies/{slug}/posts/new", fields)
            assert page.status in (401, 404, 422), page.status
        assert all(not rows(town, table) for table in tables)


def test_every_route_below_requests_only_shows(town: Town) -> None:
    found = [rule for rule in town.app.url_map.iter_rules() if "request" in f"{rule.rule} {rule.endpoint}"]
    for rule in found:
        assert (rule.methods or set()) <= {"GET", "HEAD", "OPTIONS"}, rule


def test_no_setting_and_no_command_brings_requests_back() -> None:
    assert not [name for name in Settings.model_fields if "request" in name or "rfa" in name]

    def commands(group: Any, path: str = "") -> list[str]:
        inner = getattr(group, "commands", {})
        return [path] + [found for name, other in inner.items() for found in commands(other, f"{path} {name}".strip())]

    told = commands(cli.porchlight)
    assert {name for name in told if name.startswith("archive ")} == {"archive list", "archive withdraw"}
    assert not [name for name in told if "request" in name or "rfa" in name]
