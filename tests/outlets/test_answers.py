"""How outlets answer, whoever asks: the same bytes, no cookie, kept for a minute, and addresses that lead somewhere."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import event, select

from portal.agencies import queries as agencies
from portal.agencies import service as agency_service
from portal.agencies.models import Agency
from portal.bulletins import service
from portal.bulletins.models import AgencyPost
from portal.db import new_id
from tests import factories as make
from tests.helpers import NOON, Town
from tests.outlets.tools import alert_path, change, get, place, withdraw, xml
from tests.people import Cast

PATHS = (
    "/agencies.atom",
    "/agencies/maple-police.atom",
    "/agencies.ics",
    "/agencies/maple-police.ics",
    "/agencies.cap",
    "/agencies.geojson",
    "/agencies/embed",
    "/agencies/maple-police/embed",
)


@pytest.fixture
def alert(town: Town, cast: Cast) -> AgencyPost:
    """A town with something in every outlet; its urgent update."""
    fair = make.agency_post(
        town, cast.officer, "maple-police", "Fair", kind="event", starts_at=NOON + timedelta(days=2), place="Green"
    )
    place(town, fair)
    make.agency_post(town, cast.captain, "maple-fire", "Test your alarm")
    return make.urgent_update(town, cast.officer, "maple-police")


def paths(alert: AgencyPost) -> tuple[str, ...]:
    return (*PATHS, alert_path(alert))


def test_everybody_gets_the_same_bytes_and_nobody_a_cookie(town: Town, cast: Cast, alert: AgencyPost) -> None:
    for path in paths(alert):
        plain = get(town, path)
        assert plain.status_code == 200, path
        for account in (cast.rosa, cast.officer, cast.mod):
            client = town.browser(account).client
            with client.session_transaction() as session:
                session.permanent = True  # a session that is renewed at every other answer
            answer = client.get(path)
            assert answer.data == plain.data, path
            assert "Set-Cookie" not in answer.headers, path
            assert "Cookie" not in answer.vary, path
            assert answer.headers["Cache-Control"] == "public, max-age=60", path
            assert "Set-Cookie" in client.get("/agencies").headers, "else this would prove nothing"


def test_who_has_it_already_is_told_so(town: Town, alert: AgencyPost) -> None:
    for path in paths(alert):
        first = get(town, path)
        again = get(town, path, If_None_Match=first.headers["ETag"])
        assert (again.status_code, again.data) == (304, b""), path
        assert again.headers["Cache-Control"] == "public, max-age=60", path
    for path in ("/agencies.atom", "/agencies.ics"):
        first = get(town, path)
        assert get(town, path, If_Modified_Since=first.headers["Last-Modified"]).status_code == 304, path


def test_a_change_a_withdrawal_and_the_end_of_an_alert_are_news(town: Town, cast: Cast, alert: AgencyPost) -> None:
    def ask() -> dict[str, Any]:
        return {path: get(town, path).headers for path in paths(alert)}

    def same(path: str, headers: Any) -> bool:
        given = {"If_None_Match": headers["ETag"]}
        if "Last-Modified" in headers:
            dated = get(town, path, If_Modified_Since=headers["Last-Modified"]).status_code == 304
            assert dated == (get(town, path, **given).status_code == 304), path
        return get(town, path, **given).status_code == 304

    before = ask()
    town.later(minutes=1)
    change(town, alert, title="Boil your water still")
    unchanged = {"/agencies.ics", "/agencies/maple-police.ics", "/agencies.geojson"}  # no event, and no place
    assert {path for path, headers in before.items() if get(town, path).headers["ETag"] == headers["ETag"]} == unchanged
    before = ask()
    town.later(minutes=1)
    withdraw(town, cast.officer, "maple-police", alert)
    for path in ("/agencies.atom", "/agencies.cap", alert_path(alert), "/agencies/embed"):
        assert not same(path, before[path]), path
    before = ask()
    town.later(hours=6)
    assert not same("/agencies.cap", before["/agencies.cap"])


def test_scripts_of_other_sites_may_read_them_and_no_page_of_ours(town: Town, alert: AgencyPost) -> None:
    for path in paths(alert):
        allowed = get(town, path).headers.get("Access-Control-Allow-Origin")
        assert allowed == (None if path.endswith("/embed") else "*"), path
    assert "Access-Control-Allow-Origin" not in get(town, "/agencies").headers


def test_every_address_in_them_is_whole_and_leads_somewhere(town: Town, alert: AgencyPost) -> None:
    for path in paths(alert):
        text = get(town, path).get_data(as_text=True).replace("\r\n ", "")
        found = set(re.findall(r"https?://[^\s<>\"]+", text))
        ours = {url for url in found if urlsplit(url).netloc == "127.0.0.1:8000"}
        assert ours, path
        for url in ours:
            assert get(town, urlsplit(url).path).status_code == 200, url


def test_addresses_are_those_that_people_use(town: Town, alert: AgencyPost) -> None:
    public = Town(town.here.settings.data, base_url="https://porchlight.maple.example/")
    public.clock.at = town.clock.at
    for path in paths(alert):
        text = get(public, path).get_data(as_text=True).replace("\r\n ", "")
        assert "https://porchlight.maple.example/agencies" in text, path
        assert "127.0.0.1" not in text, path
        assert "localhost" not in text, path
    public.here.database.engine.dispose()


def test_texts_of_any_length_go_out_whole(town: Town, cast: Cast) -> None:
    body = "حذار الطريق مغلق. " * 270
    make.agency_post(town, cast.officer, "maple-police", "طريق مغلق", body=body.strip(), place="شارع القيقب")
    assert body.strip() in get(town, "/agencies.atom").text
    assert "طريق مغلق" in get(town, "/agencies/embed").text


def test_more_posts_take_no_more_statements(town: Town, cast: Cast, alert: AgencyPost) -> None:
    before = {path: statements(town, path) for path in paths(alert)}
    for number in range(5):
        make.agency_post(town, cast.clerk, "town-of-maple", f"Tip {number}")
        change(town, make.urgent_update(town, cast.captain, "maple-fire", f"Alert {number}"), body="Once more.")
        fair = {"kind": "event", "starts_at": NOON + timedelta(days=number + 1)}
        place(town, make.agency_post(town, cast.clerk, "town-of-maple", f"Fair {number}", **fair))
    assert {path: statements(town, path) for path in paths(alert)} == before


def statements(town: Town, path: str) -> int:
    """How many times the database is asked."""
    asked = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    engine = town.here.database.engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        assert get(town, path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", hear)
    return len([one for one in asked if one.lstrip().upper().startswith(("SELECT", "WITH"))])


# — What never goes out —


def test_nothing_of_a_neighbour_goes_out(town: Town, cast: Cast, alert: AgencyPost) -> None:
    make.post(town, cast.rosa, "Only for neighbours, and a fox.")
    make.post(town, cast.ben, "A fox, for everyone to see.", audience="everyone")
    for path in paths(alert):
        text = get(town, path).get_data(as_text=True)
        assert "fox" not in text, path
        for account in (cast.rosa, cast.ben, cast.faye):
            assert str(account.id) not in text, path
            assert account.email not in text, path


def test_what_is_held_scheduled_or_taken_back_stays_in(town: Town, cast: Cast) -> None:
    for state in ("held", "scheduled", "withdrawn"):
        for kind in ("tip", "update", "event"):
            made = make.agency_post(
                town,
                cast.officer,
                "maple-police",
                "Secret title",
                kind="tip",
                body="Secret body.",
                place="Secret place",
            )
            urgent = {"category": "Fire", "urgency": "Immediate", "severity": "Minor", "certainty": "Likely"}
            fields = {"kind": kind, "state": state, "lat": 40.0, "lon": -85.0, "due_at": NOON + timedelta(days=1)}
            fields |= urgent if kind == "update" else {}
            fields |= {"starts_at": NOON + timedelta(days=1)} if kind == "event" else {}
            place(town, made, **fields)
            for path in paths(made):
                assert "Secret" not in get(town, path).get_data(as_text=True), f"{state} {kind} at {path}"
            assert get(town, alert_path(made)).status_code == 404


def test_new_words_that_wait_for_a_moderator_are_not_out_yet(town: Town, cast: Cast, alert: AgencyPost) -> None:
    before = {path: get(town, path).data for path in paths(alert)}
    with town.acting(cast.officer) as act:
        row = act.session.get_one(AgencyPost, alert.id)
        said = {name: getattr(row, name) for name in service.SAID}
        said["body"] = "Please check your doorbell cameras and send us any video."
        assert service.edit(act, "maple-police", alert.id, said) is not None
    assert {path: get(town, path).data for path in paths(alert)} == before


def test_another_official_address_leaves_the_names_of_what_is_out(town: Town, cast: Cast, alert: AgencyPost) -> None:
    def names() -> tuple[Any, ...]:
        root = xml(town, alert_path(alert))
        parts = [root.findtext(f"{{*}}{name}") for name in ("sender", "identifier", "sent")]
        return ",".join(map(str, parts)), re.findall(r"(?m)^UID:.*$", get(town, "/agencies.ics").text)

    first, uids = names()
    with town.acting() as act:
        agency = act.session.scalars(select(Agency).where(Agency.slug == "maple-police")).one()
        proposal = agencies.description(agency, agencies.polygons(act, agency.id))
        agency_service.edit(act, agency, replace(proposal, email="desk@newpolice.maple.example"))
    assert names() == (first, uids)
    town.later(minutes=10)
    withdraw(town, cast.officer, "maple-police", alert)
    assert xml(town, alert_path(alert)).findtext("{*}references") == first, "else no receiver could cancel it"
    assert names()[1] == uids


def test_an_agency_that_nobody_approved_has_no_outlet(town: Town, cast: Cast) -> None:
    make.proposed_agency(town, "new-police", "police", "New Police", email="desk@new.example")
    for path in ("/agencies/new-police.atom", "/agencies/new-police.ics", "/agencies/new-police/embed"):
        assert get(town, path).status_code == 404
    assert "New Police" not in json.dumps(get(town, "/agencies.geojson").json, ensure_ascii=False)
    assert get(town, f"/agencies/maple-police/posts/{new_id()}.cap").status_code == 404
