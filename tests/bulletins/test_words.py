"""Every string that an agency writes is read: each by itself, all of them together, and where its links lead."""

import pytest

from portal.bulletins import links, rules, templates
from tests import factories
from tests.helpers import Town
from tests.people import Cast

ASKS = "If your doorbell caught the red truck on Elm, e-mail the clip to us"
SITES = ("www.maple.example", "police.maple.example")


@pytest.mark.parametrize("field", ["title", "body", "place", "source", "alt-0", "words-0"])
def test_a_request_is_found_in_each_field(field: str) -> None:
    fields = {"title": "News", "body": "All is well.", "place": "Town hall", "source": "Desk"} | {field: ASKS}
    assert {(one["field"], one["rule"]) for one in rules.findings(fields, SITES)} == {(field, "R1")}


def test_new_body_cameras_are_the_agencys_own_business() -> None:
    assert rules.findings({"title": "New body cameras for our officers", "body": "They arrive in June."}, SITES) == []


@pytest.mark.parametrize("field", ["title", "body", "source", "place"])
def test_a_post_that_asks_in_any_field_is_held(town: Town, cast: Cast, field: str) -> None:
    words = {"kind": "update", "title": "News", "body": "All is well.", field: ASKS}
    assert factories.agency_post(town, cast.officer, "maple-police", **words).state == "held"


@pytest.mark.parametrize("part", ["alt", "words"])
def test_a_post_whose_picture_asks_is_held_too(town: Town, cast: Cast, part: str) -> None:
    upload = factories.agency_upload(town, factories.jpeg(), **{part: ASKS})
    assert factories.agency_post(town, cast.officer, "maple-police", uploads=[upload]).state == "held"


@pytest.mark.parametrize(
    "link",
    [
        "https://drop.example.com/x",
        "drop.example.com",
        "bit.ly/abc",
        "tips@gmail.com",
        "http://192.168.0.1/",
        "https://police.maple.example@drop.example.com/",
        "police.maple.example.drop.example.com",
        "ｗｗｗ.maple.example",
        "xn--mple-cva.example",
        "drop dot com",
        "www . drop [dot] com",
        "hxxps://drop.example.com",
    ],
)
def test_a_link_out_of_town_is_found(link: str) -> None:
    found = rules.findings({"title": "News", "body": f"Read more: {link} today."}, SITES)
    assert "link" in {one["rule"] for one in found}, link


@pytest.mark.parametrize(
    "text",
    [
        "See www.maple.example/water, or write to desk@police.maple.example.",
        "https://forms.police.maple.example/a?b=c",
        "At 5 p.m. we meet at Elm St.Bring water, e.g. a bottle. Call 555.010.0123, No.5, U.S. mail.",
        "The road is closed.It opens on Friday.",
    ],
)
def test_the_towns_own_sites_and_ordinary_full_stops_hold_nothing(text: str) -> None:
    assert rules.findings({"title": "News", "body": text}, SITES) == []


def test_words_inside_an_address_are_read() -> None:
    found = rules.findings({"body": "https://www.maple.example/send-us-your-doorbell-video"}, SITES)
    assert [one["rule"] for one in found] == ["R1"]


def test_a_link_stands_where_it_is_said_to_stand() -> None:
    text = "See https://www.maple.example/a(b) or drop.example.com."
    for link in links.find(text):
        assert text[link.start : link.end] == link.words


def test_a_link_out_of_town_waits_for_one_moderator_and_is_then_no_link_to_follow(town: Town, cast: Cast) -> None:
    from tests.moderation.tools import decide

    body = "Read https://county.example.com/map and https://police.maple.example/road."
    post = factories.agency_post(town, cast.officer, "maple-police", body=body)
    assert post.state == "held"
    path = f"/agencies/maple-police/posts/{post.id}"
    assert "leads out of the town's own sites" in town.browser(cast.officer).get(path).words
    assert decide(town, cast.mod, post, "leave", why="agency").status == 303
    followed = [tag["href"] for tag in town.browser().get(path).soup.select(".post__body a")]
    assert followed == ["https://police.maple.example/road"]


@pytest.mark.parametrize("key", list(templates.every()))
def test_each_template_keeps_to_rule_r1(key: str) -> None:
    one = templates.find(key)
    fields = {"title": one.title, "body": one.body, "source": one.source}
    held = [found for found in rules.findings(fields, SITES, key) if found["rule"] in ("R1", "link")]
    assert held == []
    assert rules.blanks(f"{one.title}\n{one.body}", f"{one.title}\n{one.body}") or key in ("smoke-alarms",)
    tidy = rules.Text(one.kind, one.title, one.body, urgent=one.urgent or None)
    assert not one.urgent or len(tidy.urgent) == 4


def test_a_missing_person_always_goes_to_a_moderator(town: Town, cast: Cast) -> None:
    plain = {"kind": "update", "title": "Please look out for Sam", "body": "Sam left the library at two."}
    post = factories.agency_post(town, cast.officer, "maple-police", **plain, template="missing-person")
    assert (post.state, {one["rule"] for one in post.spans}) == ("held", {"R5"})
    said = factories.agency_post(
        town, cast.officer, "maple-police", body="A missing child was last seen at the library."
    )
    assert said.state == "held"


def test_a_blank_of_a_template_has_to_be_filled_in(town: Town, cast: Cast) -> None:
    browser = town.browser(cast.captain)
    page = browser.get("/agencies/maple-fire/posts/new?template=smoke-alarms")
    assert "Press the button until it beeps" in page.soup.find("textarea", {"name": "body"}).get_text()
    typed = {
        "kind": "tip",
        "template": "smoke-alarms",
        "title": "Test your alarms",
        "body": "Call our station at [telephone].",
    }
    back = browser.post("/agencies/maple-fire/posts/new", typed)
    assert back.status == 422
    assert "Fill in: [telephone]" in back.words


def test_a_preview_shows_the_card_and_what_would_hold_it_and_keeps_nothing(town: Town, cast: Cast) -> None:
    from sqlalchemy import select

    from portal.bulletins.models import AgencyPost

    typed = {"kind": "update", "title": "A red truck", "body": ASKS, "source": "Front desk", "act": "preview"}
    page = town.browser(cast.officer).post("/agencies/maple-police/posts/new", typed)
    assert page.status == 200
    assert page.soup.select_one("#preview .post__title").get_text(strip=True) == "A red truck"
    assert "Rule R1" in page.soup.select_one("#found-body").get_text(), "beside the field"
    assert "would wait for a moderator" in page.words
    with town.reading() as act:
        assert act.session.scalar(select(AgencyPost.id)) is None
    clean = town.browser(cast.officer).post("/agencies/maple-police/posts/new", typed | {"body": "It was towed."})
    assert "Nothing in it has to be held" in clean.words
