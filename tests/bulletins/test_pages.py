"""The directory, an agency's page, and publishing: what everybody may read, and what only its own people may do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.accounts.models import Account
from portal.agencies import service as agencies
from portal.agencies.models import Membership
from portal.audit.models import LedgerEntry
from portal.bulletins import service
from portal.bulletins.models import AgencyPost
from portal.db import NotFound, Refusal
from tests import factories
from tests.helpers import Page, Town, form_data
from tests.people import Cast

ASKING = "Please check your doorbell cameras and send us any video."
WORDS = "check your doorbell cameras and send us any video"


def write(town: Town, by: Account, slug: str, **fields: Any) -> Page:
    typed = {"kind": "tip", "title": "Lock your doors", "body": "Most thefts happen through an open door."} | fields
    return town.browser(by).post(f"/agencies/{slug}/posts/new", typed)


def newest(town: Town) -> AgencyPost:
    with town.reading() as act:
        return act.session.scalars(select(AgencyPost).order_by(AgencyPost.written_at.desc())).first()


def outsiders(cast: Cast) -> list[Account | None]:
    return [None, cast.rosa, cast.faye, cast.captain, cast.operator, cast.legal, cast.auditor]


# — Reading —


def test_everybody_can_read_who_the_agencies_are_and_who_speaks_for_them(town: Town, cast: Cast) -> None:
    for who in (None, *cast.accounts().values()):
        page = town.browser(who).get("/agencies")
        for agency in (cast.police, cast.fire, cast.hall):
            assert agency.name in page.words
            assert page.soup.find("a", href=f"/agencies/{agency.slug}")
        words = town.browser(who).get("/agencies/maple-police").words
        assert "Dana Whitfield" in words
        assert "Sergeant" in words
        assert "cannot ask for your footage" in words


def test_a_directory_without_agencies_says_so(town: Town) -> None:
    assert "No agency has joined yet" in town.browser().get("/agencies").words


@pytest.mark.parametrize(
    ("who", "slug"), [("officer", "maple-police"), ("captain", "maple-fire"), ("clerk", "town-of-maple")]
)
def test_police_fire_and_government_publish_tips_updates_and_events(
    town: Town, cast: Cast, who: str, slug: str
) -> None:
    account = getattr(cast, who)
    for kind, label in (("tip", "Safety tip"), ("update", "Update"), ("event", "Community event")):
        title = f"News, as {kind}"
        when = {"starts_at": "2026-05-20T18:30", "place": "Library"} if kind == "event" else {}
        town.later(minutes=1)
        page = write(town, account, slug, kind=kind, title=title, **when)
        assert page.status == 303
        for reader in (None, cast.rosa):
            shown = town.browser(reader).get(page.location)
            assert shown.soup.h1.get_text(strip=True) == title
            assert label in shown.words
            assert account.name in shown.words, "a named person, with a title"
            assert title in town.browser(reader).get(f"/agencies/{slug}").words
            assert title in town.browser(reader).get("/feed").words
        assert f"published “{title}”" in town.browser().get("/ledger").words
    assert "18:30" in shown.words
    assert "Library" in shown.words
    assert newest(town).starts_at == datetime(2026, 5, 20, 22, 30, tzinfo=UTC), "typed in the town's own time"


def test_residents_read_the_agencies_that_serve_their_home(town: Town, cast: Cast) -> None:
    elsewhere = factories.square((41.0, -85.0))
    factories.agency(town, "oak-fire", "fire", "Oak Fire", email="desk@oak.example", polygons=elsewhere)
    away = factories.member(town, _agency(town, "oak-fire"), "chief@oak.example", "Olga Chief", "Chief")
    factories.agency_post(town, away, "oak-fire", title="Sirens in Oak on Monday")
    assert "Sirens in Oak" not in town.browser(cast.rosa).get("/feed?miles=5").words
    assert "Sirens in Oak" in town.browser().get("/agencies/oak-fire").words, "and it is no secret"


def _agency(town: Town, slug: str) -> Any:
    from portal.agencies import queries

    with town.reading() as act:
        return queries.by_slug(act, slug)


def test_the_pages_of_an_agency_together_are_all_it_published(town: Town, cast: Cast) -> None:
    titles = [f"Update number {number}" for number in range(45)]
    for title in titles:
        factories.agency_post(town, cast.clerk, "town-of-maple", kind="update", title=title)
    seen: list[str] = []
    href: str | None = "/agencies/town-of-maple?kind=update"
    while href:
        page = town.browser().get(href)
        seen += [tag.get_text(strip=True) for tag in page.soup.select(".post__title")]
        more = page.soup.find("a", rel="next")
        href = more["href"] if more else None
    assert seen == titles[::-1]


# — Forms that come back —


def test_an_event_without_a_time_comes_back_with_what_was_typed(town: Town, cast: Cast) -> None:
    page = write(
        town, cast.clerk, "town-of-maple", kind="event", title="Open house", body="Come in.", place="Town hall"
    )
    assert page.status == 422
    assert "Say when the event begins" in page.words
    assert page.soup.find("input", {"name": "title"})["value"] == "Open house"
    assert page.soup.find("textarea", {"name": "body"}).get_text(strip=True) == "Come in."
    assert page.soup.find("input", {"name": "place"})["value"] == "Town hall"
    assert page.soup.find("input", {"name": "kind", "checked": True})["value"] == "event"
    assert newest(town) is None


def test_what_cannot_be_published_is_refused_and_nothing_is_kept(town: Town, cast: Cast) -> None:
    wrong: list[dict[str, str]] = [
        {"title": ""},
        {"body": "   "},
        {"title": "x" * 141},
        {"body": "x" * 5001},
        {"place": "x" * 141},
        {"kind": "request"},
        {"kind": ""},
        {"kind": "event", "starts_at": "tomorrow"},
    ]
    for fields in wrong:
        assert write(town, cast.officer, "maple-police", **fields).status == 422, fields
    assert newest(town) is None


def test_the_form_offers_no_kind_and_no_field_to_ask_with(town: Town, cast: Cast) -> None:
    form = town.browser(cast.officer).get("/agencies/maple-police/posts/new").soup.find_all("form")[-1]
    names = {tag["name"] for tag in form.find_all(["input", "textarea", "select"]) if tag.get("name")}
    urgent = {"urgent", "category", "urgency", "severity", "certainty"}
    times = {"starts_at", "ends_at", "fades_at", "due_at"}
    pictures = {f"{part}-{number}" for part in ("picture", "alt", "words", "wordless") for number in range(4)}
    assert names == {"csrf_token", "template", "kind", "title", "body", "source", "place"} | times | urgent | pictures
    assert {tag["value"] for tag in form.find_all("input", {"name": "kind"})} == {"tip", "update", "event"}
    for tag in form.find_all("input", {"type": "file"}):
        assert all(kind.startswith("image/") for kind in tag["accept"].split(",")), "pictures, and no films"


# — Held texts —


def hold(town: Town, cast: Cast, **fields: Any) -> tuple[str, AgencyPost]:
    page = write(town, cast.officer, "maple-police", **({"title": "Thefts on Oak Lane", "body": ASKING} | fields))
    assert page.status == 303
    return page.location, newest(town)


def test_a_text_that_asks_for_footage_is_held_and_shows_its_writer_the_words(town: Town, cast: Cast) -> None:
    path, post = hold(town, cast)
    assert (post.state, post.published_seq) == ("held", None)
    page = town.browser(cast.officer).get(path)
    assert "Held by rule R1" in page.words
    assert WORDS in [tag.get_text() for tag in page.soup.find_all("q")]
    assert "Thefts on Oak Lane" in town.browser(cast.officer).get("/agencies/maple-police").words


def test_a_held_text_is_public_nowhere(town: Town, cast: Cast) -> None:
    path, post = hold(town, cast)
    for who in outsiders(cast):
        browser = town.browser(who)
        assert browser.get(path).status == 404
        for public in ("/agencies/maple-police", "/agencies", "/feed", "/ledger", "/"):
            page = browser.get(public)
            assert "Oak Lane" not in page.text, (who and who.name, public)
            assert WORDS not in page.text, (who and who.name, public)
            assert str(post.id) not in page.text, (who and who.name, public)
        assert browser.get("/feed/live?after=0").status == 204


def test_that_a_text_was_held_is_public_and_its_words_are_not(town: Town, cast: Cast) -> None:
    hold(town, cast)
    words = town.browser().get("/ledger").words
    assert "a text of Maple Police was held until moderators have read it" in words
    assert "Rule R1" in words
    assert "doorbell" not in words


def test_clean_words_go_out(town: Town, cast: Cast) -> None:
    path, _post = hold(town, cast)
    form = town.browser(cast.officer).get(f"{path}/edit")
    assert form.soup.find("input", {"name": "title"})["value"] == "Thefts on Oak Lane"
    page = town.browser(cast.officer).post(
        f"{path}/edit", {"title": "Thefts on Oak Lane", "body": "Take parcels in early. Call the desk if you saw it."}
    )
    assert (page.status, page.location) == (303, path)
    assert newest(town).state == "visible"
    assert newest(town).spans == []
    assert "Take parcels in early" in town.browser().get(path).words


def test_other_words_that_still_ask_stay_held(town: Town, cast: Cast) -> None:
    path, _post = hold(town, cast)
    town.browser(cast.officer).post(f"{path}/edit", {"title": "Thefts", "body": "Footage wanted."})
    assert newest(town).state == "held"
    assert [span["words"] for span in newest(town).spans] == ["Footage wanted"]
    assert town.browser().get(path).status == 404


def test_an_edit_that_is_empty_comes_back(town: Town, cast: Cast) -> None:
    path, post = hold(town, cast)
    page = town.browser(cast.officer).post(f"{path}/edit", {"title": "", "body": "x"})
    assert page.status == 422
    assert newest(town).title == post.title


def test_a_held_event_keeps_its_time(town: Town, cast: Cast) -> None:
    path, post = hold(town, cast, kind="event", starts_at="2026-05-20T18:30")
    form = form_data(town.browser(cast.officer).get(f"{path}/edit"))
    typed = form | {"title": "Coffee with the sergeant", "body": "Come in."}
    assert town.browser(cast.officer).post(f"{path}/edit", typed).status == 303
    assert newest(town).state == "visible"
    assert newest(town).starts_at == post.starts_at is not None


# — Taking back —


def test_a_published_text_can_be_withdrawn_and_its_title_stays_in_the_ledger(town: Town, cast: Cast) -> None:
    path = write(town, cast.officer, "maple-police").location
    page = town.browser(cast.officer).post(f"{path}/withdraw")
    assert (page.status, page.location) == (303, "/agencies/maple-police")
    for who in (*outsiders(cast), cast.officer, cast.mod):
        gone = town.browser(who).get(path)
        assert gone.status == 410
        assert "Withdrawn by Dana Whitfield, Maple Police, on Thu 14 May 2026, 12:00" in gone.words
        assert "open door" not in gone.words, "of its words the title is said, as the ledger says it"
    assert "Lock your doors" not in town.browser(cast.rosa).get("/feed").words
    assert "Maple Police withdrew “Lock your doors”" in town.browser().get("/ledger").words
    assert newest(town).body, "the row stays: an agency's words are public records"


def test_a_held_text_can_be_withdrawn_and_its_title_stays_unsaid(town: Town, cast: Cast) -> None:
    path, _post = hold(town, cast)
    assert town.browser(cast.officer).post(f"{path}/withdraw").status == 303
    assert "Oak Lane" not in town.browser().get("/ledger").text
    assert "Maple Police withdrew “…”" in town.browser().get("/ledger").words
    assert WORDS not in town.browser(cast.mod).get("/moderation").text


# — Whose it is —


def everything_of_an_agency(path: str) -> list[tuple[str, str]]:
    return [
        ("GET", "/agencies/maple-police/posts/new"),
        ("POST", "/agencies/maple-police/posts/new"),
        ("GET", f"{path}/edit"),
        ("POST", f"{path}/edit"),
        ("POST", f"{path}/withdraw"),
    ]


def test_a_member_of_another_agency_finds_nothing_there(town: Town, cast: Cast) -> None:
    path, _post = hold(town, cast)
    browser = town.browser(cast.captain)
    typed = {"kind": "tip", "title": "By the wrong hand", "body": "Hello."}
    for method, place in everything_of_an_agency(path):
        page = browser.get(place) if method == "GET" else browser.post(place, typed)
        assert page.status == 404, (method, place)
    assert newest(town).title == "Thefts on Oak Lane"
    assert browser.get("/agencies/maple-fire/posts/new").status == 200


def test_one_whose_membership_ended_finds_nothing_there_any_more(town: Town, cast: Cast) -> None:
    path, _post = hold(town, cast)
    browser = town.browser(cast.officer)
    assert browser.get(path).status == 200
    with town.acting() as act:
        act.session.execute(update(Membership).where(Membership.account_id == cast.officer.id).values(ended_at=act.now))
    typed = {"kind": "tip", "title": "By an old hand", "body": "Hello."}
    for method, place in [*everything_of_an_agency(path), ("GET", path), ("GET", "/agencies/mine")]:
        page = browser.get(place) if method == "GET" else browser.post(place, typed)
        assert page.status == 404, (method, place)
    assert newest(town).title == "Thefts on Oak Lane"
    page = town.browser().get("/agencies/maple-police")
    former = next(tag for tag in page.soup.find_all("summary") if "Who spoke here before" in tag.get_text())
    assert "Dana Whitfield" in former.parent.get_text()


def test_what_somebody_published_keeps_the_title_of_that_time(town: Town, cast: Cast) -> None:
    path = write(town, cast.officer, "maple-police").location
    town.later(days=1)
    with town.acting() as act:
        act.session.execute(update(Membership).where(Membership.account_id == cast.officer.id).values(ended_at=act.now))
        act.session.flush()
        agencies.add_member(act, _agency(town, "maple-police"), act.session.get_one(Account, cast.officer.id), "Chief")
    town.later(days=1)
    later = write(town, cast.officer, "maple-police", title="From the chief").location
    assert "Dana Whitfield, Sergeant" in town.browser().get(path).words
    assert "Dana Whitfield, Chief" in town.browser().get(later).words


def test_a_post_is_found_under_its_own_agency_alone(town: Town, cast: Cast) -> None:
    path = write(town, cast.officer, "maple-police").location
    assert town.browser().get(path.replace("maple-police", "maple-fire")).status == 404


def test_mine_is_the_agency_that_one_speaks_for(town: Town, cast: Cast) -> None:
    assert town.browser(cast.captain).get("/agencies/mine").location == "/agencies/maple-fire"
    assert town.browser(cast.rosa).get("/agencies/mine").status == 404
    loose = factories.work_account(town, "agency", "new@county.example", "New Hand")
    assert town.browser(loose).get("/agencies/mine").status == 404


def test_the_service_itself_lets_nobody_else_publish(town: Town, cast: Cast) -> None:
    fields = {"kind": "tip", "title": "T", "body": "B"}
    for who in (cast.captain, cast.rosa, cast.mod, cast.operator):
        with pytest.raises(NotFound), town.acting(who) as act:
            service.publish(act, "maple-police", **fields)
    with pytest.raises(Refusal, match="time-missing"), town.acting(cast.officer) as act:
        service.publish(act, "maple-police", **(fields | {"kind": "event"}))
    assert newest(town) is None


def test_a_time_given_for_a_tip_is_not_kept(town: Town, cast: Cast) -> None:
    write(town, cast.officer, "maple-police", kind="tip", starts_at="2026-05-20T18:30")
    assert newest(town).starts_at is None


def test_an_agency_and_its_people_stand_in_the_ledger(town: Town, cast: Cast) -> None:
    with town.reading() as act:
        kinds = [row.kind for row in act.session.scalars(select(LedgerEntry).where(LedgerEntry.public))]
    assert kinds.count("agency.approved") == 3
    assert kinds.count("agency-member.joined") == 3
    words = town.browser().get("/ledger").words
    assert "approved Maple Police until 2027-05-14: proposed by Pat Proposer, approved by Avery Approver" in words
    assert "Dana Whitfield, Sergeant, began to speak for Maple Police" in words


def test_the_newest_stands_first_whatever_its_clock_says(town: Town, cast: Cast) -> None:
    write(town, cast.officer, "maple-police", title="First")
    town.clock.at -= timedelta(hours=3)
    write(town, cast.officer, "maple-police", title="Second")
    page = town.browser().get("/agencies/maple-police")
    titles = [tag.get_text(strip=True) for tag in page.soup.select(".post__title")]
    assert titles == ["Second", "First"]
