"""Reporting, and what hides itself because of it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.models import LedgerEntry
from portal.db import VISITOR
from portal.feed import queries as feed
from portal.feed import service as feed_service
from portal.moderation import rules
from tests import factories
from tests.helpers import Town
from tests.moderation.tools import (
    BODY,
    REASON,
    cases,
    comment_count,
    crowd,
    decide,
    path,
    pictures,
    report,
    reports,
    state_of,
    with_picture,
)
from tests.people import Cast


def test_a_neighbour_reports_a_post(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa, body=BODY)
    form = town.browser(cast.ben).get(f"/posts/{post.id}/report")
    assert BODY in form.words
    assert "does not learn who reported it" in form.words
    page = report(town, cast.ben, post)
    assert (page.status, page.location) == (303, f"/posts/{post.id}")
    (made,) = reports(town)
    assert (made.post_id, made.reporter_id, made.rule, made.reason, made.outcome) == (
        post.id,
        cast.ben.id,
        "R5",
        REASON,
        "open",
    )
    assert "Ben" not in town.browser(cast.rosa).get(f"/posts/{post.id}").soup.main.get_text(), "nobody learns by whom"
    assert town.letters(cast.rosa.email) == []


def test_a_neighbour_reports_a_comment(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa)
    comment = factories.comment(town, cast.rosa, post, BODY)
    assert BODY in town.browser(cast.ben).get(f"/comments/{comment.id}/report").words
    page = report(town, cast.ben, comment)
    assert (page.status, page.location) == (303, f"/posts/{post.id}")
    assert [(made.post_id, made.comment_id) for made in reports(town)] == [(None, comment.id)]


def test_ones_own_is_deleted_and_not_reported(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa)
    comment = factories.comment(town, cast.rosa, post)
    for what in (post, comment):
        page = report(town, cast.rosa, what)
        assert page.status == 422
        assert "This is your own" in page.words
    assert reports(town) == cases(town) == []


def test_nobody_reports_the_same_thing_twice(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa)
    comment = factories.comment(town, cast.rosa, post)
    for what in (post, comment):
        assert report(town, cast.ben, what).status == 303
        page = report(town, cast.ben, what, reason="Again, please.")
        assert page.status == 422
        assert "reported this already" in page.words
        assert "Again, please." in page.text, "what was typed comes back"
    assert len(reports(town)) == 2
    decide(town, cast.mod, post, "leave")
    assert report(town, cast.ben, post).status == 422, "and not after it was answered either"


@pytest.mark.parametrize(
    "fields", [{"rule": "R9"}, {"rule": "R4"}, {"rule": ""}, {"reason": ""}, {"reason": "x" * 501}]
)
def test_a_report_says_which_rule_and_why(town: Town, cast: Cast, fields: dict[str, str]) -> None:
    post = factories.post(town, cast.rosa)
    assert report(town, cast.ben, post, **fields).status == 422
    assert reports(town) == []


def test_what_one_cannot_see_one_cannot_report(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa)
    comment = factories.comment(town, cast.rosa, post)
    for who in (cast.faye, cast.officer, cast.mod, cast.operator):
        for what in (post, comment):
            assert report(town, who, what).status == 404
    with town.acting(cast.rosa) as act:
        feed_service.delete_post(act, post.id)
    for what in (post, comment):
        assert report(town, cast.ben, what).status == 404
    assert reports(town) == []


# — What moderators see because of it —


def test_a_moderator_sees_a_neighbours_post_only_while_a_case_on_it_waits(town: Town, cast: Cast) -> None:
    reported = with_picture(town, cast.rosa)
    other = with_picture(town, cast.rosa, "The bins are out on Tuesday.")
    browser = town.browser(cast.mod)
    for_neighbours = {
        post.id: pictures(town.browser(cast.ben).get(f"/posts/{post.id}"))[0] for post in (reported, other)
    }
    assert browser.get(path(reported)).status == 404
    report(town, cast.ben, reported)
    case = browser.get(path(reported))
    assert BODY in case.words and REASON in case.words and "R5" in case.words
    (shown,) = pictures(case)
    assert shown.startswith("/moderation/media/")
    assert browser.client.get(shown).mimetype.startswith("image/")
    assert browser.client.get(shown).headers["Cache-Control"] == "no-store"

    # Nothing else opens: not its page, not its file by the neighbours' door, not the other post in any way.
    for place in (
        f"/posts/{reported.id}",
        f"/posts/{other.id}",
        path(other),
        for_neighbours[reported.id],
        for_neighbours[other.id],
        for_neighbours[other.id].replace("/media/", "/moderation/media/"),
        f"/posts/{reported.id}/progress",
    ):
        assert browser.get(place).status == 404, place
    assert BODY not in browser.get("/feed").text

    decide(town, cast.mod, reported, "leave")
    assert browser.get(path(reported)).status == 404
    assert browser.client.get(shown).status_code == 404


def test_who_wrote_and_who_reported_is_no_part_of_the_case(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa, body=BODY)
    report(town, cast.ben, post)
    report(town, crowd(town, 1)[0], post, "R7", "It shows my garden.")
    page = town.browser(cast.mod).get(path(post))
    assert "2 reports" in page.words and "It shows my garden." in page.words
    for name in ("Rosa", "Ben", "Nora"):
        assert name not in page.soup.main.get_text()
    assert len(town.browser(cast.mod).get("/moderation").soup.select("#queue li")) == 1
    decide(town, cast.mod, post, "leave")
    assert [made.outcome for made in reports(town)] == ["kept", "kept"], "all of them are answered"


def test_the_moderators_door_to_pictures_is_for_moderators_alone(town: Town, cast: Cast) -> None:
    post = with_picture(town, cast.rosa)
    report(town, cast.ben, post)
    (shown,) = pictures(town.browser(cast.mod).get(path(post)))
    for name, who in cast.accounts().items():
        if name != "mod":
            assert town.browser(who).client.get(shown).status_code == 404, name
            assert town.browser(who).get(path(post)).status == 404, name
    assert town.browser().client.get(shown).status_code == 302


def test_a_reported_comment_opens_its_post_and_shows_the_comment(town: Town, cast: Cast) -> None:
    post = with_picture(town, cast.rosa, "Who lost a glove?")
    comment = factories.comment(town, cast.rosa, post, BODY)
    factories.comment(town, cast.ben, post, "A harmless other comment.")
    report(town, cast.ben, comment)
    page = town.browser(cast.mod).get(path(comment))
    assert BODY in page.words and "Who lost a glove?" in page.words
    assert "harmless other" not in page.text
    assert town.browser(cast.mod).client.get(pictures(page)[0]).status_code == 200


def test_what_its_author_deleted_is_gone_for_the_moderator_too(town: Town, cast: Cast) -> None:
    post = with_picture(town, cast.rosa)
    report(town, cast.ben, post)
    browser = town.browser(cast.mod)
    (shown,) = pictures(browser.get(path(post)))
    town.browser(cast.rosa).post(f"/posts/{post.id}/delete")
    assert "Nothing waits" in browser.get("/moderation").words
    assert browser.client.get(shown).status_code == 404
    assert decide(town, cast.mod, post, "remove", "R5").status == 404
    town.browser(cast.rosa).post(f"/posts/{post.id}/put-back")
    assert BODY in browser.get(path(post)).words, "put back, it waits for the decision again"


def test_a_deleted_comment_is_gone_and_counted_off_once(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa)
    comment = factories.comment(town, cast.ben, post, BODY)
    factories.comment(town, cast.ben, post, "Another one.")
    report(town, cast.rosa, comment)
    town.browser(cast.ben).post(f"/comments/{comment.id}/delete")
    assert comment_count(town, post) == 1
    assert decide(town, cast.mod, comment, "remove", "R5").status == 404
    assert comment_count(town, post) == 1


def test_without_a_case_the_one_gate_gives_a_moderator_what_a_visitor_gets(town: Town, cast: Cast) -> None:
    factories.post(town, cast.rosa, body=BODY)
    wide = factories.post(town, cast.rosa, body="For everyone", audience="everyone")
    for who in (cast.mod, None):
        with town.reading(who) as act:
            cards = feed.newest(act if who else replace(act, actor=VISITOR), 10, 5.0)
        assert [card.id for card in cards if not card.of_agency] == [wide.id]


# — Hiding by itself —


def test_reports_of_three_households_hide_a_post_until_a_moderator_has_looked(town: Town, cast: Cast) -> None:
    post = with_picture(town, cast.rosa)
    picture = pictures(town.browser(cast.ben).get(f"/posts/{post.id}"))[0]
    nora, omar = crowd(town, 2)
    report(town, cast.ben, post)
    report(town, nora, post)
    assert state_of(town, post) == "visible"
    assert report(town, omar, post).location == "/feed", "there is no post to go back to"
    assert state_of(town, post) == "hidden"
    for who in (cast.ben, nora, cast.faye, cast.officer, None):
        assert town.browser(who).get(f"/posts/{post.id}").status == 404
        assert town.browser(who).client.get(picture).status_code == 404
    assert BODY in town.browser(cast.rosa).get(f"/posts/{post.id}").words, "its author still has it"
    page = town.browser(cast.rosa).get("/decisions")
    assert "out of sight until a moderator has looked" in page.words
    assert "people of 3 households reported" in town.browser().get("/ledger").words
    with town.reading() as act:
        entry = act.session.query(LedgerEntry).filter_by(kind="case.hidden").one()
        assert entry.actor_kind == "system", "no neighbour decides that something is hidden"

    decide(town, cast.mod, post, "leave")
    assert state_of(town, post) == "visible"
    assert town.browser(cast.ben).client.get(picture).status_code == 200
    (letter,) = town.letters(cast.rosa.email)
    assert "keeps to the rules" in letter.body


def test_one_household_cannot_hide_anything_alone(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa)
    family = [
        factories.resident(town, name, household_id=cast.ben.household_id) for name in ("Ada", "Bo", "Cleo", "Dov")
    ]
    for who in (cast.ben, *family):
        assert report(town, who, post).status == 303
    assert state_of(town, post) == "visible"
    for who in crowd(town, 2):
        report(town, who, post)
    assert state_of(town, post) == "hidden"


def test_what_a_moderator_released_is_not_hidden_again_by_the_same_reports(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa)
    nora, omar, pia, quinn = crowd(town, 4)
    for who in (cast.ben, nora, omar):
        report(town, who, post)
    decide(town, cast.mod, post, "leave")
    for who in (cast.ben, nora, omar):
        assert report(town, who, post).status == 422
    report(town, pia, post)
    report(town, quinn, post)
    assert state_of(town, post) == "visible", "two new ones and three answered ones are two"
    report(town, factories.resident(town, "Zed"), post)
    assert state_of(town, post) == "hidden"


def test_a_comment_hides_itself_as_well_and_comes_back(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa)
    comment = factories.comment(town, cast.ben, post, BODY)
    for who in (cast.rosa, *crowd(town, 2)):
        report(town, who, comment)
    page = town.browser(cast.rosa).get(f"/posts/{post.id}")
    assert BODY not in page.text and "A moderator looks at it" in page.words
    assert comment_count(town, post) == 0
    decide(town, cast.mod, comment, "leave")
    assert BODY in town.browser(cast.rosa).get(f"/posts/{post.id}").words
    assert comment_count(town, post) == 1


@given(st.lists(st.one_of(st.none(), st.uuids()), max_size=8), st.booleans())
def test_hiding_counts_households_and_never_silences_anybody_under_an_agencys_post(
    households: list, on_agencys_page: bool
) -> None:
    hidden = rules.hides(households, on_agencys_page)
    assert hidden == (not on_agencys_page and len(set(households) - {None}) >= 3)
    assert rules.hides(households * 5, on_agencys_page) == hidden
