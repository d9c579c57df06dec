"""Tables of agencies: what comes out goes in again, and what cannot go in is told cell by cell."""

import csv
import io
import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.accounts.models import Account
from portal.agencies import federal, queries, rules, service, sheet
from portal.agencies.models import KINDS
from portal.agencies.rules import Agreed, Attestation, Proposal
from portal.agencies.sheet import SheetError
from tests import factories as make
from tests.helpers import NOON, Page, Town

TODAY = NOON.date()
LIST = federal.read()
BY = Attestation("Clerk", "None is federal.", by="Ada Lind")
HEAD = "slug,kind,name,email"
GOOD = f"{HEAD}\noak-fire,fire,Oak Fire,desk@oak.example\nelm-police,police,Elm Police,desk@elm.example\n"


@pytest.fixture
def owen(town: Town) -> Account:
    return make.work_account(town, "operator", "operator@maple.example", "Owen Pratt")


@pytest.fixture
def sylvie(town: Town) -> Account:
    return make.work_account(town, "operator", "operator2@maple.example", "Sylvie Marsh")


def read(data: str | bytes) -> sheet.Sheet:
    return sheet.read(data.encode() if isinstance(data, str) else data, LIST, TODAY)


def bad(data: str | bytes) -> list[tuple[int, int, str, str]]:
    """(line, column, its name, why) of each wrong cell."""
    with pytest.raises(SheetError) as caught:
        read(data)
    return [(one.line, one.column, one.name, one.why.code) for one in caught.value.bad]


def take(town: Town, data: str | bytes, by: Attestation = BY) -> int:
    found = read(data)
    with town.acting() as act:
        made, _letters = service.import_agencies(act, [row.proposal for row in found.rows], by)
    return len(made)


def slugs(town: Town) -> list[str]:
    with town.reading() as act:
        return [told.slug for _row, told in queries.described(act, public=False)]


# — What comes out goes in —

SAFE = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
LINES = st.text(SAFE, max_size=30).map(lambda text: " ".join(text.split()))
ABOUT = st.text(st.one_of(SAFE, st.sampled_from("\n\t,\"'=+-@")), max_size=60).map(str.strip)
DAYS = st.dates(date(1990, 1, 1), TODAY)
AGREED = st.builds(
    lambda kind, whom, since, more: Agreed(kind, whom, since, since + timedelta(days=more) if more else None),
    st.sampled_from(["task-force", "287g", "other"]),
    LINES.filter(bool),
    DAYS,
    st.integers(0, 900),
)
CORNERS = st.tuples(st.floats(-179, 178.5), st.floats(-89, 88.5), st.floats(0.01, 1.0))


@st.composite
def proposals(draw: st.DrawFn) -> Proposal:
    west, south, wide = (round(value, 5) for value in draw(CORNERS))
    east, north = round(west + wide, 5), round(south + wide, 5)
    square = [[[[west, south], [east, south], [east, north], [west, north], [west, south]]]]
    where = draw(st.sampled_from(["town", "drawn", "none"]))
    joined = draw(DAYS)
    name = draw(st.sampled_from(["=1+1", "'Quoted", "-Dash", "@At", "Ökoldorf", "Nine, Ten"])) + " " + draw(LINES)
    return rules.tidy(
        Proposal(
            slug=draw(st.from_regex(r"[a-z]{1,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True)),
            kind=draw(st.sampled_from(KINDS)),
            name=name,
            email=draw(st.from_regex(r"[a-z+=-]{1,8}@[a-z]{3,12}\.example", fullmatch=True)),
            joined_on=joined,
            left_on=draw(st.none() | st.dates(joined, TODAY)),
            about=draw(ABOUT),
            phone=draw(LINES),
            address=draw(LINES),
            place=draw(LINES),
            region=draw(LINES),
            whole_town=where == "town",
            polygons=square if where == "drawn" else None,
            agreements=tuple(draw(st.lists(AGREED, max_size=2))),
        )
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        proposals(), min_size=1, max_size=4, unique_by=(lambda one: one.slug, lambda one: rules.mail_domain(one.email))
    )
)
def test_what_is_written_is_read_as_it_was(given: list[Proposal]) -> None:
    good = [one for one in given if not list(rules.problems(one, LIST, TODAY))]
    if not good:
        return
    text = sheet.write((one, "verified", TODAY) for one in good)
    assert [row.proposal for row in read(text).rows] == good
    assert [row.proposal for row in read("\ufeff" + text.replace("\r\n", "\n")).rows] == good, "also as Excel writes it"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=12) | st.from_regex(r"'*[=+@\t\r-].{0,6}", fullmatch=True))
def test_no_cell_is_a_formula_and_none_is_changed_by_that(text: str) -> None:
    assert not sheet._safe(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert sheet._plain(sheet._safe(text)) == text


def test_a_directory_moves_to_another_town_as_a_file(town: Town, tmp_path: Any, empty_database: Any) -> None:
    import shutil

    make.agency(
        town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example", polygons=make.square(), about="a\n\nb, c"
    )
    agency = make.agency(
        town, "elm-police", "police", "=Elm Police", email="+desk@elm.example", website="https://e.example/"
    )
    with town.acting() as act:
        service.add_agreement(act, agency, Agreed("287g", "ICE", TODAY, link="https://ice.example/"))
    data = town.browser().get("/agencies.csv").response.data
    folder = tmp_path / "other"
    folder.mkdir()
    shutil.copy(empty_database, folder / "porchlight.sqlite")
    other = Town(folder)
    assert take(other, data) == 2
    assert slugs(other) == ["elm-police", "oak-fire"]
    with town.reading() as one, other.reading() as two:
        first = [told for _row, told in queries.described(one)]
        assert first == [told for _row, told in queries.described(two, public=False)]
        assert all(row.state == "proposed" for row, _told in queries.described(two, public=False)), "no file verifies"
    assert take(other, data) == 0, "and twice is as good as once"
    other.here.database.engine.dispose()


def test_the_public_file_is_kept_until_something_changes(town: Town) -> None:
    make.agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example")
    make.proposed_agency(town, "elm-police", "police", "Elm Police", email="desk@elm.example")
    first = town.browser().get("/agencies.csv").response
    assert first.mimetype == "text/csv" and "attachment" in first.headers["Content-Disposition"]
    assert "Set-Cookie" not in first.headers
    assert "elm-police" not in first.get_data(as_text=True), "what nobody approved is not public"
    client = town.app.test_client()
    assert client.get("/agencies.csv", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    with town.acting() as act:
        service.edit(act, queries.by_slug(act, "oak-fire"), _told(act, "oak-fire", name="Oak Fire Rescue"))
    again = client.get("/agencies.csv", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200 and "Oak Fire Rescue" in again.get_data(as_text=True)


def _told(act: Any, slug: str, **changes: Any) -> Proposal:
    from dataclasses import replace

    (found,) = [told for _row, told in queries.described(act, slugs=[slug])]
    return replace(found, **changes)


# — What is wrong is told cell by cell —


def test_every_wrong_cell_is_told_with_line_and_column() -> None:
    text = (
        "slug,kind,name,email,joined_on,left_on,website,jurisdiction,agreements,about\n"
        '"two lines\nof a slug",fire,Oak Fire,desk@oak.example,2021-05-31,,,,,\n'
        "elm-police,cops,,no address,31.5.2021,2021-01-01,elm.example,{},[{}],send us your doorbell video\n"
        "\n"
        "ash-fire,fire,Ash Fire,desk@ash.example,2021-05-31,2020-05-31,,town,,\n"
    )
    assert bad(text) == [
        (2, 1, "slug", "slug-shape"),
        (4, 2, "kind", "kind-unknown"),
        (4, 3, "name", "missing"),
        (4, 4, "email", "email-shape"),
        (4, 5, "joined_on", "day-shape"),
        (4, 6, "left_on", "left-before"),
        (4, 7, "website", "website-shape"),
        (4, 8, "jurisdiction", "not-geojson"),
        (4, 9, "agreements", "agreements-shape"),
        (4, 10, "about", "asks-for-footage"),
        (6, 6, "left_on", "left-before"),
    ]


def test_rows_that_stand_twice_are_told_with_the_first_of_them() -> None:
    text = (
        f"{HEAD}\noak,fire,Oak Fire,desk@oak.example\noak,fire,Oak Two,desk@two.example\nelm,fire,Elm,x@oak.example\n"
    )
    with pytest.raises(SheetError) as caught:
        read(text)
    told = [(one.line, one.name, one.why.code, one.why.params) for one in caught.value.bad]
    assert told == [(3, "slug", "twice", {"line": 2}), (4, "email", "twice", {"line": 2})]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", [(1, 0, "slug", "column-missing")]),
        (f"{HEAD}\n", [(0, 0, "", "no-rows")]),
        (f"{HEAD}\n ,,\n\n", [(0, 0, "", "no-rows")]),
        ("slug;kind;name;email\na;fire;A;a@a.example\n", [(1, 0, "", "separator")]),
        (f"{HEAD},colour\n", [(1, 5, "colour", "column-unknown")]),
        (f"{HEAD},name\n", [(1, 5, "name", "column-twice")]),
        ("slug,kind,name\n", [(1, 0, "email", "column-missing")]),
        (f"{HEAD}\na,fire,A\n", [(2, 0, "", "cell-count")]),
        (f"{HEAD}\na,fire,A, B,a@a.example\n", [(2, 0, "", "cell-count")]),
        (f'{HEAD}\na,fire,"A,a@a.example\n', [(2, 0, "", "quotes")]),
        (f'{HEAD}\na,fire,"A"B,a@a.example\n', [(2, 0, "", "quotes")]),
        (f"{HEAD}\na,fire,A\x00B,a@a.example\n", [(2, 3, "name", "unseen")]),
        (f"{HEAD}\na,fire,Caf\xe9,a@a.example\n".encode("latin-1"), [(2, 0, "", "not-utf8")]),
        (GOOD.encode("utf-16"), [(1, 0, "", "not-utf8")]),
        (GOOD.encode() + b"\n" * 5_000_000, [(0, 0, "", "file-too-large")]),
    ],
    ids=range(15),
)
def test_a_file_that_is_no_such_table_says_what_is_wrong_with_it(data: str | bytes, found: list[Any]) -> None:
    assert [one for one in bad(data) if one[3] != "column-missing" or found[0][3] == "column-missing"][:1] == found


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda tail: GOOD.encode() + tail))
def test_whatever_bytes_come_there_is_a_table_or_a_report(data: bytes) -> None:
    try:
        assert sheet.read(data, LIST, TODAY).rows
    except SheetError as error:
        assert error.count >= len(error.bad) > 0


def test_lines_end_as_they_like_and_columns_stand_in_any_order() -> None:
    for end in ("\n", "\r\n", "\r"):
        assert [row.proposal.slug for row in read(GOOD.replace("\n", end)).rows] == ["oak-fire", "elm-police"]
    swapped = "EMAIL, Name ,kind,slug,state\ndesk@oak.example,Oak Fire,Fire department,oak-fire,verified\n"
    (row,) = read(swapped).rows
    assert (row.proposal.slug, row.proposal.kind, row.proposal.joined_on) == ("oak-fire", "fire", TODAY)


def test_a_report_that_is_too_long_is_cut_and_counted() -> None:
    text = f"{HEAD}\n" + "".join(f"x{n},cops,,no{n}\n" for n in range(300))
    with pytest.raises(SheetError) as caught:
        read(text)
    assert (len(caught.value.bad), caught.value.count) == (200, 900)


# — All of it or nothing —


def test_one_row_that_the_directory_refuses_keeps_all_of_them_out(town: Town) -> None:
    make.resident(town, "Rosa")
    make.agency(town, "oak-fire", "fire", "Oak Fire Rescue", email="desk@oak.example")
    make.agency(town, "old-yew", "fire", "Old Yew", email="desk@yew.example")
    text = GOOD + "ash,fire,Ash,x@maple.example\nyew,fire,Yew,desk@yew.example\n"
    found = read(text)
    with town.acting() as act, pytest.raises(service.RowsRefused) as differs:
        service.import_agencies(act, [row.proposal for row in found.rows], BY)
    assert [(why.line, why.why.code) for why in found.refused(differs.value.found).bad] == [(2, "slug-differs")]
    rest = read(text.replace("oak-fire,fire,Oak Fire,desk@oak.example\n", ""))
    with town.acting() as act, pytest.raises(service.RowsRefused) as taken:
        service.import_agencies(act, [row.proposal for row in rest.rows], BY)
    told = [(why.line, why.column, why.why.code) for why in rest.refused(taken.value.found).bad]
    assert told == [(3, 4, "domain-has-residents"), (4, 4, "domain-taken")]
    assert slugs(town) == ["oak-fire", "old-yew"]


def upload(town: Town, who: Account, data: bytes, **fields: str) -> Page:
    typed: dict[str, Any] = {"title": "Operator", "attest": "y", "file": (io.BytesIO(data), "a.csv")} | fields
    return town.browser(who).post("/operator/agencies/import", {k: v for k, v in typed.items() if v})


def test_an_operator_sees_which_cells_are_wrong_and_nothing_has_changed(town: Town, owen: Account) -> None:
    page = upload(town, owen, f"{HEAD}\noak-fire,fire,Oak Fire,desk@oak.example\nelm,cops,<b>Elm</b>,no\n".encode())
    assert page.status == 422
    rows = [
        [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])] for row in page.soup.select("tbody tr")
    ]
    assert rows[0][:3] == ["3", "kind (2)", "cops"]
    assert rows[1][:3] == ["3", "email (4)", "no"]
    assert "Nothing was changed" in page.words
    assert slugs(town) == []


def test_without_an_attestation_no_table_is_taken(town: Town, owen: Account) -> None:
    for missing in ("attest", "title", "file"):
        page = upload(town, owen, GOOD.encode(), **{missing: ""})
        assert page.status == 422
    assert slugs(town) == []


def test_a_table_is_proposed_asked_by_mail_and_approved_by_another_operator(
    town: Town, owen: Account, sylvie: Account
) -> None:
    assert upload(town, owen, GOOD.encode()).status == 303
    letters = town.letters("desk@oak.example") + town.letters("desk@elm.example")
    assert len(letters) == 2
    for letter in letters:
        link = letter.body.split("http://127.0.0.1:8000")[1].split()[0]
        shown = town.browser().get(link)
        assert shown.status == 200
        assert town.browser().post(link).status == 200
    assert "Nothing to approve" in town.browser(owen).get("/operator/agencies/approve").words
    assert town.browser(sylvie).get("/operator/agencies/approve").words.count("Owen Pratt") == 2
    refused = town.browser(owen).post(
        "/operator/agencies/approve", {"which": "all", "shown": ["oak-fire", "elm-police"]}
    )
    assert refused.status == 422 and "it takes somebody else" in refused.words
    done = town.browser(sylvie).post("/operator/agencies/approve", {"which": "chosen", "chosen": ["oak-fire"]})
    assert done.status == 303
    shown = town.browser().get("/agencies?where=all").words
    assert "Oak Fire" in shown and "Elm Police" not in shown
    done = town.browser(sylvie).post("/operator/agencies/approve", {"which": "all", "shown": ["elm-police"]})
    assert "Elm Police" in town.browser().get("/agencies?where=all").words
    assert "attests that none is federal" in town.browser().get("/ledger").words


def test_a_table_is_known_by_its_first_line_and_nothing_else_is_one() -> None:
    assert sheet.is_one(GOOD.encode()) and sheet.is_one(b"\xef\xbb\xbf" + GOOD.encode())
    assert sheet.is_one(b'"Name","Slug","Kind"\r\n') and sheet.is_one(b"name;slug;kind\n")
    for other in (
        b"",
        b"{}",
        json.dumps({"type": "FeatureCollection", "features": []}).encode(),
        b"a,b\n",
        b"\xff\xfe",
    ):
        assert not sheet.is_one(other)


def test_csv_readers_of_others_see_the_same_cells(town: Town) -> None:
    make.agency(town, "oak-fire", "fire", "Oak, Fire", email="desk@oak.example", about='a "b"\nc')
    text = town.browser().get("/agencies.csv").text
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (row["name"], row["about"], row["jurisdiction"], row["state"]) == (
        "Oak, Fire",
        'a "b"\nc',
        "town",
        "verified",
    )
