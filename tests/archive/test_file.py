"""A file of closed requests is read whole or refused whole, with the line, the field and the reason of every fault."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.archive import archivefile
from portal.archive.archivefile import MOST_FAULTS, ArchiveFileError
from portal.archive.rules import square_miles
from tests.archive.files import AGENCY, CONTACT, RING, body, request, text, written


def refusal(folder: Path, content: Any) -> str:
    with pytest.raises(ArchiveFileError) as caught:
        archivefile.read(written(folder, content))
    said = str(caught.value)
    assert said.endswith("Nothing was imported.")
    return said


def test_a_good_file_has_its_agencies_and_requests(tmp_path: Path) -> None:
    file = archivefile.read(written(tmp_path, body()))
    assert [agency.slug for agency in file.agencies] == ["maple-police"]
    (one,) = file.requests
    assert (one.case_number, one.replies, str(one.closed_on)) == ("23-MP-00007", 4, "2023-03-11")
    assert one.square_miles == pytest.approx(0.1829, abs=0.0005)
    assert one.line == 9, "the line on which it stands"


def area(*points: list[float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [list(points)]}


def square(side_miles: float) -> dict[str, Any]:
    """A square around the town's middle whose side has so many miles."""
    half_north, half_east = side_miles * 1609.344 / 111034.6 / 2, side_miles * 1609.344 / 85393.6 / 2
    (west, east), (south, north) = (-85 - half_east, -85 + half_east), (40 - half_north, 40 + half_north)
    return area([west, south], [east, south], [east, north], [west, north], [west, south])


def window(begins: str, ends: str) -> dict[str, str]:
    return {"from": begins, "until": ends}


def last(at: str, closed: str) -> dict[str, Any]:
    return {"last_reply_at": at, "closed_on": closed}


# What one field is changed to, the field that is named, and words of the reason.
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "open": ({"closed_on": None}, "closed_on", "A request that is not closed has no place here"),
    "closed after the end": ({"closed_on": "2024-03-01"}, "closed_on", "open or was closed too late"),
    "closed in the future": ({"closed_on": "2099-01-01"}, "closed_on", "open or was closed too late"),
    "closed before it was posted": (
        {"closed_on": "2023-03-03", "replies": 0, "last_reply_at": None},
        "closed_on",
        "closed before it was posted",
    ),
    "closed before its last reply": ({"closed_on": "2023-03-08"}, "closed_on", "before its last reply"),
    "closed on no day": ({"closed_on": "2023-02-30"}, "closed_on", "has to be a day"),
    "closed at a time": ({"closed_on": "2023-03-11T10:00:00Z"}, "closed_on", "has to be a day"),
    "last reply in the future": (last("2099-01-01T00:00:00Z", "2024-02-29"), "last_reply_at", "nobody could reply"),
    "last reply after the end": (last("2024-03-01T05:00:00Z", "2024-02-29"), "last_reply_at", "nobody could reply"),
    "last reply before posting": (last("2023-03-04T15:11:00Z", "2023-03-11"), "last_reply_at", "before the request"),
    "replies without a last one": ({"last_reply_at": None}, "last_reply_at", "replies: 4"),
    "a last reply without replies": ({"replies": 0}, "last_reply_at", "replies: 0"),
    "fewer replies than none": ({"replies": -1}, "replies", "whole number from 0"),
    "half a reply": ({"replies": 1.5}, "replies", "whole number from 0"),
    "replies that are true": ({"replies": True}, "replies", "whole number from 0"),
    "more replies than people": ({"replies": 10**12}, "replies", "whole number from 0"),
    "posted before the era": (
        {"posted_at": "2021-06-07T04:59:59Z", "window": window("2021-06-05T12:00:00Z", "2021-06-05T13:00:00Z")},
        "posted_at",
        "posted on 2021-06-06",
    ),
    "posted after the era": (
        {"posted_at": "2024-02-01T05:00:00Z", **last("2024-02-02T00:00:00Z", "2024-02-29")},
        "posted_at",
        "posted on 2024-02-01",
    ),
    "posted in a time zone that nobody knows": ({"posted_at": "2023-03-04T15:12:00"}, "posted_at", "with its zone"),
    "posted at a part of a second": ({"posted_at": "2023-03-04T15:12:00.5Z"}, "posted_at", "to the second"),
    "posted at the end of time": ({"posted_at": "9999-12-31T23:59:59Z"}, "posted_at", "to the second"),
    "posted at a number": ({"posted_at": 1677942720}, "posted_at", "to the second"),
    "a window of 14 minutes": (
        {"window": window("2023-03-02T18:15:00Z", "2023-03-02T18:29:59Z")},
        "window",
        "14.98 minutes long",
    ),
    "a window of more than 12 hours": (
        {"window": window("2023-03-02T08:00:00Z", "2023-03-02T20:01:00Z")},
        "window",
        "721.0 minutes long",
    ),
    "a window that ends before it begins": (
        {"window": window("2023-03-02T20:30:00Z", "2023-03-02T18:15:00Z")},
        "window",
        "-135.0 minutes long",
    ),
    "a window that was not over": (
        {"window": window("2023-03-04T15:00:00Z", "2023-03-04T15:30:00Z")},
        "window",
        "after the request was posted",
    ),
    "a window without an end": ({"window": {"from": "2023-03-02T18:15:00Z"}}, "window.until", "missing"),
    "a window that is no object": ({"window": "all day"}, "window", "has to be an object"),
    "an area too small": ({"area": square(0.15)}, "area", "0.0225 square miles"),
    "an area too large": ({"area": square(0.72)}, "area", "0.5184 square miles"),
    "an area that is not closed": ({"area": area(*RING[:4], [-85.0049, 40.0])}, "area", "not closed"),
    "an area that crosses itself": (
        {"area": area(RING[0], RING[1], RING[3], RING[2], RING[0])},
        "area",
        "crosses or touches itself",
    ),
    "an area that is a line": ({"area": area(RING[0], RING[1], RING[0])}, "area", "at least four points"),
    "an area without width": ({"area": area(RING[0], RING[1], RING[0], RING[0])}, "area", "crosses or touches itself"),
    "an area that is not on Earth": ({"area": area(*[[40.0, -185.0 + x] for x, _y in RING])}, "area", "not on Earth"),
    "an area with a hole": (
        {"area": {"type": "Polygon", "coordinates": [RING, RING]}},
        "area",
        "GeoJSON polygon with one ring",
    ),
    "an area that is a point": ({"area": {"type": "Point", "coordinates": [-85.0, 40.0]}}, "area", "GeoJSON polygon"),
    "an area of words": ({"area": area(*[["west", "south"]] * 4)}, "area", "GeoJSON polygon"),
    "an area in three dimensions": ({"area": area(*[[x, y, 0] for x, y in RING])}, "area", "GeoJSON polygon"),
    "an area with more to say": ({"area": area(*RING) | {"open": True}}, "area.open", "no such field"),
    "no investigation": ({"active_investigation": False}, "active_investigation", "active investigations only"),
    "an investigation in words": ({"active_investigation": "yes"}, "active_investigation", "has to be true"),
    "no type": ({"incident_type": " "}, "incident_type", "it is empty"),
    "no case number": ({"case_number": ""}, "case_number", "it is empty"),
    "a case number that is a number": ({"case_number": 7}, "case_number", "text in quotes"),
    "a long case number": ({"case_number": "7" * 41}, "case_number", "40 are the most"),
    "no text": ({"text": "\n"}, "text", "it is empty"),
    "a text with a control": ({"text": "Clear \x1b[2J the screen"}, "text", "U+001B"),
    "a text with half a character": ({"text": "\ud800"}, "text", "U+D800"),
    "a text that turns around": ({"text": "abc \u202e cba"}, "text", "U+202E"),
    "a contact without a name": ({"contact": CONTACT | {"name": ""}}, "contact.name", "it is empty"),
    "a contact without a title": ({"contact": {"name": "A", "phone": "1"}}, "contact.title", "missing"),
    "a contact without an address": (
        {"contact": {"name": "Dana Whitfield", "title": "Sergeant"}},
        "contact",
        "an email, a phone, or both",
    ),
    "a contact that is a name": ({"contact": "Dana Whitfield"}, "contact", "has to be an object"),
    "an agency that nobody knows": ({"agency": "elm-police"}, "agency", "no agency elm-police"),
    "an era of e-mails": ({"era": "e-mail"}, "era", "always public"),
    "an era that ended": ({"era": "ended"}, "era", "always public"),
    "a state": ({"state": "open"}, "state", "no such field"),
    "an address for replies": ({"reply_to": "tips@pd.example"}, "reply_to", "no such field"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_request_that_breaks_a_limit_is_refused_with_its_line_and_the_reason(tmp_path: Path, name: str) -> None:
    changes, field, words = WRONG[name]
    good = request(case_number="23-MP-00001")
    said = refusal(tmp_path, text_of(body(good, request(**changes))))
    (line, *rest) = said.splitlines()
    assert "past.json, line 10, request " in line
    assert f", {field}: " in line
    assert words in line
    assert rest == ["Nothing was imported."], "one fault is one line"


def text_of(content: dict[str, Any]) -> str:
    """As `text`, with half characters as JSON can write them."""
    return text(content).replace("\ud800", "\\ud800")


@pytest.mark.parametrize("field", request())
def test_every_field_has_to_be_there(tmp_path: Path, field: str) -> None:
    one = request()
    del one[field]
    if field == "last_reply_at":
        assert ", last_reply_at: it is missing" in refusal(tmp_path, body(one))
    else:
        assert f", {field}: it is missing. Add it." in refusal(tmp_path, body(one))


GoodAtTheLimit = dict[str, dict[str, Any]]
JUST_RIGHT: GoodAtTheLimit = {
    "the first minute of the era": {
        "posted_at": "2021-06-07T05:00:00Z",
        "window": window("2021-06-06T12:00:00Z", "2021-06-06T13:00:00Z"),
    },
    "the last second of the era": {
        "posted_at": "2024-02-01T04:59:59Z",
        **last("2024-03-01T04:59:59Z", "2024-02-29"),
    },
    "fifteen minutes, until it was posted": {"window": window("2023-03-04T14:57:00Z", "2023-03-04T15:12:00Z")},
    "twelve hours": {"window": window("2023-03-02T08:00:00Z", "2023-03-02T20:00:00Z")},
    "a small area": {"area": square(0.025**0.5)},
    "a large area": {"area": square(0.5**0.5)},
    "an area drawn the other way": {"area": area(*reversed(RING))},
    "no replies, closed at once": {"replies": 0, "last_reply_at": None, "closed_on": "2023-03-04"},
    "a text of two lines in another script": {"text": "Wir ermitteln.\nВы не обязаны отвечать. 🙂"},
    "a time in the town's own zone": {"posted_at": "2023-03-04T10:12:00-05:00"},
    "a contact with a phone alone": {"contact": {"name": "Dana", "title": "Sergeant", "phone": "(555) 010-0142"}},
}


@pytest.mark.parametrize("name", JUST_RIGHT)
def test_what_just_keeps_to_a_limit_is_read(tmp_path: Path, name: str) -> None:
    assert len(archivefile.read(written(tmp_path, body(request(**JUST_RIGHT[name])))).requests) == 1


def test_the_size_of_an_area_is_measured_on_the_ellipsoid() -> None:
    """Against figures for a degree at these latitudes (WGS 84): the same square is as large anywhere."""
    for latitude, metres_north, metres_east in (
        (0, 110574.3, 111319.5),
        (40, 111034.6, 85393.6),
        (60, 111412.3, 55800.2),
    ):
        north, east = 1609.344 / metres_north / 2, 1609.344 / metres_east / 2
        ring = [[x * east, latitude + y * north] for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
        assert square_miles(ring) == pytest.approx(1.0, abs=0.0005)


# — The file as a whole —


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    content = body()
    change(content)
    return content


WHOLE: dict[str, tuple[str | bytes | dict[str, Any], str]] = {
    "nothing": ("", "line 1: this is not JSON"),
    "a list": ("[]", "this is not JSON: { is expected here"),
    "half of it": (text(body())[:300], "this is not JSON"),
    "something after its end": (text(body()) + "{}", "something stands after its end"),
    "a comma too many": (text(body()).replace("\n]\n}", "\n],\n}"), "this is not JSON"),
    "a picture": (b'"porchlight-archive-1"\xff\xd8\xff', "line 1: the file is not text in UTF-8"),
    "another encoding": (text(body()).encode("utf-16"), "the file is not text in UTF-8"),
    "a number that is none": (text(body(request(replies=float("nan")))), "line 9: NaN is no number"),
    "a number without an end": (text(body(request(replies=float("inf")))), "line 9: Infinity is no number"),
    "a number with too many digits": (text(body()).replace('"replies": 4', '"replies": ' + "9" * 5000), "is no number"),
    "a number beyond all": (text(body()).replace('"replies": 4', '"replies": 1e999'), "line 9: 1e999 is no number"),
    "a field twice": (text(body()).replace('"replies": 4', '"replies": 4, "replies": 5'), "field replies stands twice"),
    "a list twice": (text(body()).replace('"eras"', '"town": {}, "eras"'), "line 4: the field town stands twice"),
    "lists in lists": ('{"format": "porchlight-archive-1", "town": ' + "[" * 100_000, "it is nested too deep"),
    "another version": (body(format="porchlight-archive-2"), 'line 2, format: the format is "porchlight-archive-2"'),
    "no format": (changed(lambda it: it.pop("format")), "line 1, format: it is missing"),
    "no town": (changed(lambda it: it.pop("town")), "line 1, town: it is missing"),
    "something more": (body(open_requests=[]), "open_requests: there is no such field"),
    "no requests": (body(requests=[]), "line 8, requests: there is none"),
    "requests that are no list": (text(body()).replace('"requests": [', '"requests": {"a": ['), "[ is expected here"),
    "a request that is a word": (body(requests=["open"]), "line 9, request without a name: it has to be an object"),
    "no agencies": (body(agencies=[]), "line 5, agencies: there is none"),
    "an agency twice": (body(agencies=[AGENCY, AGENCY]), "line 7, agency maple-police, slug: the agency on line 6"),
    "an agency of the state": (body(agencies=[AGENCY | {"kind": "federal"}]), "line 6, agency maple-police, kind: it"),
    "an agency with another slug": (
        body(agencies=[AGENCY | {"slug": "Maple Police"}]),
        "slug: it has to be lower-case",
    ),
    "an era that goes on": (
        changed(lambda it: it["eras"][1].update(until=None)),
        "line 4, eras: the eras are e-mail (to 2021-06-06)",
    ),
    "an era that is left out": (changed(lambda it: it["eras"].pop()), "line 4, eras: the eras are e-mail"),
    "eras of something else": (body(eras="three"), "line 4, eras: the eras are e-mail"),
    "a town without a clock": (body(town={"name": "Maple"}), "line 3, town: say the town's clock"),
    "a clock that is odd": (body(town={"name": "Maple", "utc_offset_hours": -5.1}), "say the town's clock"),
    "a clock that is nowhere": (body(town={"name": "Maple", "timezone": "Mars/Phobos"}), "say the town's clock"),
    "two clocks": (
        body(town={"name": "Maple", "utc_offset_hours": -5, "timezone": "America/New_York"}),
        "say the town's clock",
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_is_wrong_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    content, words = WHOLE[name]
    said = refusal(tmp_path, content)
    assert words in said
    assert said.startswith(f"{tmp_path / 'past.json'}, line ")


def test_a_case_number_stands_once(tmp_path: Path) -> None:
    said = refusal(tmp_path, body(request(), request(), request()))
    assert "line 10, request 23-MP-00007, case_number: the request on line 9 has this case number already" in said
    assert "line 11, request 23-MP-00007, case_number: the request on line 9" in said
    on_one_line = json.dumps(body(request(), request()))
    assert "line 1, request 23-MP-00007, case_number" in refusal(tmp_path, on_one_line)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archivefile, "MOST_BYTES", 100)
    assert "the file has more than 100 bytes" in refusal(tmp_path, body())


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveFileError, match="No such file"):
        archivefile.read(tmp_path / "none.json")


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    wrong = [
        request(case_number="A", closed_on="2024-03-01", active_investigation=False),
        request(case_number="B"),
        request(case_number="C", area=square(0.1), replies=0),
    ]
    lines = refusal(tmp_path, body(*wrong, format="other")).splitlines()
    assert [line.partition("past.json, ")[2].partition(":")[0] for line in lines[:-1]] == [
        "line 2, format",
        "line 9, request A, active_investigation",
        "line 9, request A, closed_on",
        "line 11, request C, area",
        "line 11, request C, last_reply_at",
    ]


def test_a_flood_of_faults_is_cut_off_and_says_so(tmp_path: Path) -> None:
    wrong = [request(case_number=f"{number}", closed_on=None) for number in range(MOST_FAULTS + 30)]
    lines = refusal(tmp_path, body(*wrong)).splitlines()
    assert len(lines) == MOST_FAULTS + 2
    assert lines[-2] == f"There is more that is wrong; these are the first {MOST_FAULTS}."


def test_a_line_is_named_in_any_layout(tmp_path: Path) -> None:
    said = refusal(tmp_path, json.dumps(body(request(closed_on=None)), indent=2))
    number = int(said.partition("line ")[2].partition(",")[0])
    lines = (tmp_path / "past.json").read_text().splitlines()
    assert lines[number - 1 : number + 1] == ["    {", '      "era": "public",']


def test_the_clock_may_be_a_time_zone_with_summer_time(tmp_path: Path) -> None:
    """00:30 in June is 04:30 in UTC in New York; with the winter's clock it would be the day before the era."""
    first = request(posted_at="2021-06-07T04:30:00Z", window=window("2021-06-06T12:00:00Z", "2021-06-06T13:00:00Z"))
    zone = body(first, town={"name": "Maple", "timezone": "America/New_York"})
    assert len(archivefile.read(written(tmp_path, zone)).requests) == 1
    assert "posted on 2021-06-06" in refusal(tmp_path, body(first))


def test_messages_hold_nothing_that_changes_a_terminal(tmp_path: Path) -> None:
    said = refusal(tmp_path, body(request(case_number="\x1b]0;owned\x07", agency="\x1b[31m", **{"\x1b[2J": 1})))
    assert "\x1b" not in said and "\x07" not in said


# — Whatever the file holds —

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
odd = st.fixed_dictionaries({}, optional=dict.fromkeys(request(), anything) | {"contact": st.just(CONTACT)})


@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries(
        {"format": st.just("porchlight-archive-1")},
        optional={
            "town": anything,
            "eras": anything,
            "agencies": anything | st.just([AGENCY]),
            "requests": anything | st.lists(odd, max_size=3),
        },
    ),
    st.booleans(),
)
def test_whatever_the_file_holds_it_is_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any], pretty: bool
) -> None:
    path = written(tmp_path_factory.getbasetemp(), json.dumps(content, indent=1 if pretty else None))
    with pytest.raises(ArchiveFileError) as caught:
        archivefile.read(path)
    assert all(
        line.startswith(f"{path}, line ") for line in str(caught.value).splitlines()[:-1] if "There is more" not in line
    )


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_whatever_bytes_there_are_they_are_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    with pytest.raises(ArchiveFileError):
        archivefile.read(written(tmp_path_factory.getbasetemp(), b'{"format": "porchlight-archive-1",' + data))
