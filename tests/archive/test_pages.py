"""The archive as everybody reads it, and as files that anybody can check."""

import csv
import hashlib
import io
import json
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.archive import archivefile, queries, service
from portal.archive.models import ArchivedRequest
from simulator import archive as simulated
from simulator import scenario
from simulator.town import build_town
from tests import factories as make
from tests.archive.files import AGENCY, CONTACT, RING, body, bring_in, request, text, written
from tests.helpers import Town
from tests.people import everybody

LEGACY = scenario.load("legacy-2023").archive
SHERIFF = AGENCY | {"slug": "maple-sheriff", "name": "Maple Sheriff"}


def of_months(count: int) -> list[dict]:
    """Requests of two agencies and kinds, one in each month from July 2021 on."""
    found = []
    for number in range(count):
        year, month = divmod(2021 * 12 + 6 + number, 12)
        day = f"{year}-{month + 1:02d}"
        found.append(
            request(
                case_number=f"C-{number:03d}",
                agency=("maple-police", "maple-sheriff")[number % 2],
                incident_type=("Burglary", "Hit and run", "Vandalism")[number % 3],
                posted_at=f"{day}-10T15:00:00Z",
                window={"from": f"{day}-09T13:00:00Z", "until": f"{day}-09T15:15:00Z"},
                last_reply_at=f"{day}-12T15:00:00Z",
                closed_on=f"{day}-14",
                text=f"Something happened near Street {number}. You do not have to reply.",
            )
        )
    return found


def archive_of(town: Town, folder: Path, count: int) -> None:
    bring_in(town, folder, body(*of_months(count), agencies=[AGENCY, SHERIFF]))


def cases(page_text: str) -> list[str]:
    return re.findall(r"C-\d{3}", page_text)


# — Pages —


def test_a_town_without_a_past_says_so_and_tells_the_eras(town: Town) -> None:
    page = town.browser().get("/requests")
    assert page.status == 200
    assert "No list has been brought here" in page.words
    for words in (
        "until 6 Jun 2021",
        "7 Jun 2021 – 31 Jan 2024",
        "since 1 Feb 2024",
        "Private e-mails",
        "Public posts",
    ):
        assert words in page.words
    assert town.browser().get("/requests.json").response.json["requests"] == []


def test_the_page_counts_what_was_asked(town: Town, tmp_path: Path) -> None:
    archive_of(town, tmp_path, 5)
    bring_in(town, tmp_path, body(request(replies=0, last_reply_at=None, closed_on="2023-03-04")), "more.json")
    page = town.browser().get("/requests")
    stats = {stat.dt.get_text(): stat.dd.get_text() for stat in page.soup.select(".stat")}
    assert stats == {
        "requests, all closed": "6",
        "agencies": "2",
        "replies of residents": "20",
        "requests without a reply": "1",
    }
    table = {row.th.get_text(): row.td.get_text() for row in page.soup.select(".disclosure tbody tr")}
    assert len(table) == 32 and sum(map(int, table.values())) == 6
    assert (table["June 2021"], table["July 2021"], table["March 2023"]) == ("0", "1", "1")
    bars = [float(bar["height"]) for bar in page.soup.select(".months__bar")]
    assert len(bars) == 32 and sum(height > 0 for height in bars) == 6


def test_a_request_is_shown_whole_and_marked_as_history(town: Town, tmp_path: Path) -> None:
    with town.acting() as act:
        from portal.neighbourhoods import service as places

        places.add_street(act, "Elm Street", 40.001, -85.0, [[[-85.01, 40.001], [-84.99, 40.001]]])
        places.add_street(act, "Far Lane", 41.0, -85.0, [[[-85.01, 41.0], [-84.99, 41.0]]])
    bring_in(town, tmp_path, body())
    with town.reading() as act:
        number = queries.requests(act, 1)[0].request.id
    page = town.browser().get(f"/requests/{number}")
    for words in (
        "Closed. This is history: nobody can reply",
        "It was closed on 11 Mar 2023",
        "Maple Police",
        "23-MP-00007",
        "Theft of a parcel",
        "Thu 2 Mar 2023, 13:15 – Thu 2 Mar 2023, 15:30 (2 h 15 min)",
        "Sat 4 Mar 2023, 10:12",
        "Dana Whitfield, Sergeant",
        "parcels taken from porches near Maple Street",
        "An area of 0.183 square miles. Streets of today's map in it: Elm Street.",
    ):
        assert words in page.words, words
    assert CONTACT["phone"] not in page.text and CONTACT["email"] not in page.text
    main = page.soup.find("main")
    assert not main.find_all(["form", "textarea", "input"]), "nothing on it can be answered"
    assert "mailto:" not in page.text and "tel:" not in page.text
    areas = json.loads(main.select_one("[data-areas]")["data-areas"])
    assert areas["features"][0]["geometry"] == {"type": "Polygon", "coordinates": [RING]}


@pytest.mark.parametrize("number", ["0", "999", "9223372036854775808", "-1", "one", f"{10**40}"])
def test_a_request_that_is_not_there_is_not_found(town: Town, tmp_path: Path, number: str) -> None:
    bring_in(town, tmp_path, body())
    assert town.browser().get(f"/requests/{number}").status == 404


def test_the_list_is_read_page_by_page_without_a_gap(town: Town, tmp_path: Path) -> None:
    archive_of(town, tmp_path, 30)
    browser, url, seen = town.browser(), "/requests", []
    while url:
        page = browser.get(url, htmx=url != "/requests")
        seen += cases(" ".join(row.get_text() for row in page.soup.select(".past__row .ledger__meta")))
        more = page.soup.select_one("a[rel=next]")
        url = more["href"] if more else ""
    assert seen == [f"C-{number:03d}" for number in reversed(range(30))]


def test_requests_of_one_moment_are_all_listed(town: Town, tmp_path: Path) -> None:
    same = [request(case_number=f"C-{number:03d}") for number in range(45)]
    bring_in(town, tmp_path, body(*same))
    browser, url, seen = town.browser(), "/requests", []
    while url:
        page = browser.get(url)
        seen += cases(" ".join(row.get_text() for row in page.soup.select(".past__row .ledger__meta")))
        more = page.soup.select_one("a[rel=next]")
        url = more["href"] if more else ""
    assert sorted(seen) == [f"C-{number:03d}" for number in range(45)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=street+7", ["C-007"]),
        ("q=%22happened+near%22&year=2021", ["C-005", "C-004", "C-003", "C-002", "C-001", "C-000"]),
        ("q=C-004", ["C-004"]),
        ("q=vandal", ["C-008", "C-005", "C-002"]),
        ("q=sheriff&year=2022", ["C-009", "C-007"]),
        ("agency=maple-sheriff&type=Burglary", ["C-009", "C-003"]),
        ("year=2022&agency=maple-police", ["C-008", "C-006"]),
        ("agency=nobody", []),
        ("year=1999", []),
        ("year=soon&type=Burglary", ["C-009", "C-006", "C-003", "C-000"]),
        ("q=%22%27+OR+1%3D1+--", []),
        ("q=%2A+%22+NEAR%28", []),
    ],
)
def test_the_list_is_narrowed_by_words_agency_year_and_kind(
    town: Town, tmp_path: Path, asked: str, found: list[str]
) -> None:
    archive_of(town, tmp_path, 10)
    page = town.browser().get(f"/requests?{asked}")
    assert page.status == 200
    rows = " ".join(row.get_text() for row in page.soup.select(".past__row .ledger__meta"))
    if asked == "q=%2A+%22+NEAR%28":
        found = [f"C-{number:03d}" for number in reversed(range(10))]  # one word, "near", which all of them have
    assert cases(rows) == found
    on_map = town.browser().client.get(f"/requests.geojson?{asked}").json
    assert {feature["properties"]["case_number"] for feature in on_map["features"]} == set(found)


def test_words_of_the_archive_are_shown_as_words(town: Town, tmp_path: Path) -> None:
    bring_in(town, tmp_path, body(request(text="<script>alert(1)</script> & 'more'", incident_type="<b>Theft</b>")))
    for path in ("/requests", f"/requests/{_number(town)}"):
        page = town.browser().get(path)
        assert "<script>alert" not in page.text and "<b>Theft" not in page.text
        assert "<script>alert(1)</script>" in page.words


def _number(town: Town) -> int:
    with town.reading() as act:
        return queries.requests(act, 1)[0].request.id


# — History everywhere —


def test_an_archived_request_is_in_no_feed_search_map_or_agency_page(town: Town, tmp_path: Path) -> None:
    cast = everybody(town)
    bring_in(town, tmp_path, body(request(text="A zebra was taken from a porch. You do not have to reply.")))
    paths = ["/feed", "/feed?view=map", "/feed/search?q=zebra", "/feed/live", "/agencies", "/agencies/maple-police"]
    paths += ["/map.geojson", "/moderation/log"]
    for account in (None, cast.rosa, cast.officer, cast.mod):
        for path in paths:
            page = town.browser(account).get(path)
            assert "zebra was taken" not in page.text and "23-MP-00007" not in page.text, path
    town.work()
    town.chores()
    assert "zebra" not in town.browser(cast.rosa).get("/alerts").text
    assert not [letter for letter in town.letters(cast.rosa.email) if "zebra" in letter.text]


def test_an_agencys_page_leads_to_its_past_and_the_past_to_the_agency(town: Town, tmp_path: Path) -> None:
    make.street(town)
    for slug, kind, name in (
        ("maple-police", "police", "Maple Police"),
        ("sheriff", "government", "MAPLE Sheriff"),
        ("maple-fire", "fire", "Maple Fire"),
    ):
        make.agency(town, slug, kind, name)
    archive_of(town, tmp_path, 2)
    browser = town.browser()
    assert 'href="/requests?agency=maple-police#list"' in browser.get("/agencies/maple-police").text
    assert 'href="/requests?agency=maple-sheriff#list"' in browser.get("/agencies/sheriff").text
    assert "as history" not in browser.get("/agencies/maple-fire").text
    assert 'href="/agencies/sheriff"' in browser.get(f"/requests/{_number(town)}").text


# — Files —


def test_the_json_of_an_archive_is_the_file_that_it_came_from(town: Town, tmp_path: Path) -> None:
    """Byte for byte, so that the digest in the ledger, the manifest and the file itself are one."""
    content = simulated.text(simulated.build(build_town("maple", 40), LEGACY))
    made = bring_in(town, tmp_path, content)
    answer = town.browser().client.get("/requests.json")
    assert answer.data.decode() == content
    files = {file["name"]: file for file in town.browser().client.get("/requests/manifest.json").json["files"]}
    assert files["requests.json"]["sha256"] == made.sha256


def test_an_export_can_be_imported_elsewhere_and_gives_the_same_export(
    town: Town, tmp_path: Path, empty_database: Path
) -> None:
    import shutil

    archive_of(town, tmp_path, 5)
    special = request(
        case_number="=1+1",
        text='Two lines,\n"quoted", and Жук 🙂',
        contact={"name": "Dana", "title": "Sergeant", "phone": "+1 555"},
        area={"type": "Polygon", "coordinates": [[[-85, 40], [-84.99, 40], [-84.99, 40.005], [-85, 40]]]},
    )
    bring_in(town, tmp_path, body(special), "second.json")
    first = {path: town.browser().client.get(path).data for path in ("/requests.json", "/requests.csv")}
    (tmp_path / "other").mkdir()
    shutil.copy(empty_database, tmp_path / "other" / "porchlight.sqlite")
    other = Town(tmp_path / "other")
    bring_in(other, tmp_path, first["/requests.json"].decode(), "export.json")
    again = {path: other.browser().client.get(path).data for path in first}
    assert again == first
    other.here.database.engine.dispose()


def test_the_manifest_has_the_digest_size_and_rows_of_each_file(town: Town, tmp_path: Path) -> None:
    archive_of(town, tmp_path, 7)
    client = town.browser().client
    manifest = client.get("/requests/manifest.json").json
    page = town.browser().get("/requests")
    for file in manifest["files"]:
        data = client.get(f"/{file['name']}").data
        assert file == {
            "name": file["name"],
            "rows": 7,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        assert file["sha256"] in page.words
    assert [file["name"] for file in manifest["files"]] == ["requests.csv", "requests.json"]
    assert "sha256sum requests.csv requests.json" in page.words
    with town.reading() as act:
        assert manifest["imports"] == [made.sha256 for made in queries.imports(act)]


def test_the_csv_holds_every_request_and_runs_nothing_in_a_spreadsheet(town: Town, tmp_path: Path) -> None:
    evil = request(
        case_number="=HYPERLINK(1)",
        incident_type="+cmd|calc",
        text="-2+3 in the text\nand a second line",
        contact={"name": "@SUM(A1)", "title": "Sergeant", "phone": "+1 555 010"},
    )
    bring_in(town, tmp_path, body(evil, request()))
    answer = town.browser().client.get("/requests.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    first, second = csv.DictReader(io.StringIO(answer.data.decode(), newline=""))
    assert first["case_number"] == "'=HYPERLINK(1)" and first["incident_type"] == "'+cmd|calc"
    assert first["text"] == "'-2+3 in the text\nand a second line"
    assert (first["contact_name"], first["contact_phone"], first["contact_email"]) == ("'@SUM(A1)", "'+1 555 010", "")
    assert not [value for row in (first, second) for value in row.values() if value[:1] in tuple("=+-@\t\r")]
    assert (second["posted_at"], second["window_minutes"], second["replies"]) == ("2023-03-04T15:12:00Z", "135", "4")
    assert json.loads(second["area"]) == request()["area"]
    assert second["contact_email"] == CONTACT["email"], "as it stood in the public file"


@pytest.mark.parametrize("path", ["/requests.csv", "/requests.json", "/requests/manifest.json", "/requests.geojson"])
def test_a_file_that_somebody_has_is_not_sent_again(town: Town, tmp_path: Path, path: str) -> None:
    archive_of(town, tmp_path, 3)
    client = town.browser().client
    first = client.get(path)
    assert first.headers["Cache-Control"] == "public, no-cache" and "Set-Cookie" not in first.headers
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    bring_in(town, tmp_path, body(), "more.json")
    changed = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200 and changed.data != first.data


def test_what_was_taken_out_is_in_no_file_any_more(town: Town, tmp_path: Path) -> None:
    archive_of(town, tmp_path, 3)
    made = bring_in(town, tmp_path, body(request(text="It names Jane Roe.")), "wrong.json")
    client = town.browser().client
    assert b"Jane Roe" in client.get("/requests.csv").data
    with town.acting() as act:
        service.withdraw(act, made.sha256, "It names the victim of a crime.")
    for path in ("/requests", "/requests.csv", "/requests.json", "/requests.geojson", "/requests?q=Jane"):
        assert b"Jane Roe" not in client.get(path).data, path
    page = town.browser().get("/requests")
    assert "1 requests were taken out" in page.words and "It names the victim of a crime." in page.words


def test_files_are_made_once_for_a_state_of_the_archive(town: Town, tmp_path: Path, monkeypatch) -> None:
    archive_of(town, tmp_path, 3)
    client = town.browser().client
    client.get("/requests.csv")
    monkeypatch.setattr(queries, "everything", lambda act: pytest.fail("it was made anew"))
    for path in ("/requests.csv", "/requests.json", "/requests/manifest.json", "/requests"):
        assert client.get(path).status_code == 200


def test_a_page_asks_the_database_as_often_for_many_requests_as_for_few(town: Town, tmp_path: Path) -> None:
    from sqlalchemy import event

    counts = []

    def asked() -> int:
        statements: list[str] = []
        listener = lambda *arguments: statements.append(arguments[2])  # noqa: E731
        event.listen(town.here.database.engine, "before_cursor_execute", listener)
        town.browser().get("/requests")
        event.remove(town.here.database.engine, "before_cursor_execute", listener)
        return len(statements)

    archive_of(town, tmp_path, 3)
    town.browser().get("/requests")
    counts.append(asked())
    bring_in(town, tmp_path, body(*[request(case_number=f"D-{n}") for n in range(60)]), "more.json")
    town.browser().get("/requests")
    counts.append(asked())
    assert counts[0] == counts[1]


def test_what_the_database_has_is_what_the_file_said(town: Town, tmp_path: Path) -> None:
    file = archivefile.read(written(tmp_path, text(body(*of_months(4), agencies=[AGENCY, SHERIFF]))))
    with town.acting() as act:
        service.bring_in(act, file)
    with town.reading() as act:
        rows = act.session.scalars(select(ArchivedRequest).order_by(ArchivedRequest.id)).all()
    for row, told in zip(rows, file.requests, strict=True):
        for name in ("case_number", "posted_at", "window_from", "window_until", "area", "text", "closed_on", "replies"):
            assert getattr(row, name) == getattr(told, name), name
