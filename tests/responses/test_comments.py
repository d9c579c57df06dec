"""Comments under an agency's post: words for everybody to read, by residents, and answers of that agency alone."""

import io
import re

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.bulletins.models import AgencyPost
from portal.db import NotFound, Refusal
from portal.feed.models import Media
from portal.responses import rules, service
from portal.responses.models import AgencyComment
from tests import factories
from tests.devices.tools import count, everything
from tests.helpers import Town
from tests.people import Cast
from tests.responses.tools import ASKS, outsiders, path, say, stored, under


def crowded(town: Town) -> None:
    """Ten homes on Maple Street, Rosa's and Ben's among them."""
    for number in range(8):
        factories.resident(town, f"N{number}")


# — Who may, and who reads it —


def test_a_resident_comments_and_everybody_reads_it(town: Town, cast: Cast, tip: AgencyPost) -> None:
    answer = say(town.browser(cast.ben), tip, "The lock on the shed was loose, too.")
    assert (answer.status, answer.location) == (303, f"{path(tip)}#comments")
    for who in (None, cast.ben, cast.rosa, cast.faye, cast.officer, cast.captain, cast.mod, cast.operator):
        assert "The lock on the shed was loose, too." in under(town.browser(who), tip)
    ledger = "\n".join(everything(town)["ledger"])
    assert "agency-comment.written" in ledger and "on the shed" not in ledger


def test_it_is_said_at_the_field_before_one_writes_that_everybody_reads_it(
    town: Town, cast: Cast, tip: AgencyPost
) -> None:
    page = town.browser(cast.ben).get(path(tip))
    field = page.soup.find("textarea", {"name": "body"})
    said = page.soup.find(id=field["aria-describedby"].split()[0])
    assert "Everyone can read this, the agency too. Do not post footage or links to it." in said.get_text()
    form = str(field.find_parent("form"))
    assert form.index("Everyone can read this") < form.index("<textarea")


def test_nobody_else_comments(town: Town, cast: Cast, tip: AgencyPost) -> None:
    for who in outsiders(cast):
        page = town.browser(who).get(path(tip))
        assert not page.soup.select("#comments form")
        assert say(town.browser(who), tip).status == (401 if who is None else 404)
    assert count(town, AgencyComment) == 0


def test_an_agency_answers_under_its_own_posts_and_nowhere_else(town: Town, cast: Cast, tip: AgencyPost) -> None:
    other = factories.agency_post(town, cast.captain, "maple-fire")
    neighbours = factories.post(town, cast.rosa, audience="everyone")
    officer = town.browser(cast.officer)
    assert say(officer, tip, "Come by our desk.").status == 303
    assert "Dana Whitfield, Sergeant · Maple Police" in under(town.browser(), tip)
    assert say(officer, other, slug="maple-fire").status == 404
    assert officer.post(f"/posts/{neighbours.id}/comments", {"body": "Hello."}).status == 404
    assert count(town, AgencyComment) == 1


def test_an_agency_that_is_not_verified_now_answers_nobody(town: Town, cast: Cast, tip: AgencyPost) -> None:
    answer = factories.under_agency(town, cast.officer, tip, "Come by our desk.")
    town.later(days=400)
    officer = town.browser(cast.officer)
    assert not officer.get(path(tip)).soup.select("#comments textarea")
    assert say(officer, tip, "Hello.").status == 409
    assert officer.post(f"/agency-comments/{answer.id}/edit", {"body": "Hello."}).status == 409
    with pytest.raises(Refusal), town.acting(cast.officer) as act:
        service.answer(act, "maple-police", tip.id, "Hello.")
    with pytest.raises(Refusal), town.acting(cast.officer) as act:
        service.edit_answer(act, answer.id, "Hello.")
    assert say(town.browser(cast.ben), tip, "And what now?").status == 303, "residents go on writing there"


def test_the_database_itself_refuses_another_agency_and_a_moderator(town: Town, cast: Cast, tip: AgencyPost) -> None:
    for author, agency in ((cast.captain, cast.fire), (cast.officer, None), (cast.mod, None), (cast.rosa, cast.police)):
        with pytest.raises(IntegrityError), town.acting() as act:
            act.session.add(
                AgencyComment(
                    post_id=tip.id,
                    author_id=author.id,
                    agency_id=agency.id if agency else None,
                    body="x",
                    state="visible",
                    written_at=act.now,
                    published_at=act.now,
                )
            )
    written = factories.under_agency(town, cast.ben, tip)
    with pytest.raises(IntegrityError), town.acting() as act:
        act.session.execute(update(AgencyComment).where(AgencyComment.id == written.id).values(author_id=cast.rosa.id))


def test_a_comment_has_no_state_in_which_a_crowd_has_hidden_it(town: Town, cast: Cast, tip: AgencyPost) -> None:
    written = factories.under_agency(town, cast.ben, tip)
    for state in ("hidden", "held", "withdrawn"):
        with pytest.raises(IntegrityError), town.acting() as act:
            act.session.execute(update(AgencyComment).where(AgencyComment.id == written.id).values(state=state))


def test_nobody_comments_before_they_have_read_the_guidelines(town: Town, cast: Cast, tip: AgencyPost) -> None:
    nora = town.browser(factories.resident(town, "Nora", guidelines=False))
    assert "Before your first comment" in nora.get(path(tip)).words
    assert say(nora, tip).location == f"/guidelines?next={path(tip)}"
    answer = say(nora, tip, htmx=True)
    assert answer.response.headers["HX-Redirect"] == f"/guidelines?next={path(tip)}"
    assert count(town, AgencyComment) == 0


def test_who_is_suspended_reads_and_does_not_write(town: Town, cast: Cast, tip: AgencyPost) -> None:
    with town.acting() as act:
        from portal.accounts.models import Account

        act.session.get_one(Account, cast.ben.id).suspended_until = act.now.replace(year=act.now.year + 1)
    assert "You are suspended until" in town.browser(cast.ben).get(path(tip)).words
    assert say(town.browser(cast.ben), tip).location == "/decisions"
    assert count(town, AgencyComment) == 0


# — Under which name —


def test_without_a_wish_a_resident_is_a_neighbour_and_their_name_is_nowhere(
    town: Town, cast: Cast, tip: AgencyPost
) -> None:
    crowded(town)
    page = town.browser(cast.ben).get(path(tip))
    assert "Without it you stand here as “A neighbour on Maple Street”." in page.words
    assert not page.soup.find("input", {"name": "show_name"}).has_attr("checked")
    say(town.browser(cast.ben), tip, "The lock was loose.")
    say(town.browser(cast.rosa), tip, "Here as well.", show_name="y")
    for who in (None, cast.rosa, cast.officer, cast.mod):
        page = town.browser(who).get(path(tip))
        shown = str(page.soup.find(id="comments"))
        assert "A neighbour on Maple Street" in shown and "Rosa" in shown
        assert "Ben" not in shown and str(cast.ben.id) not in page.text and str(cast.ben.household_id) not in page.text


def test_a_named_comment_says_nothing_of_the_home(town: Town, cast: Cast, tip: AgencyPost) -> None:
    crowded(town)
    say(town.browser(cast.rosa), tip, "Here as well.", show_name="y")
    assert "Maple Street" not in under(town.browser(), tip)
    with town.reading() as act:
        assert [row.alias for row in act.session.scalars(select(AgencyComment))] == [None]


def test_on_a_small_street_no_street_is_named(town: Town, cast: Cast, tip: AgencyPost) -> None:
    say(town.browser(cast.faye), tip, "Hello.")
    shown = under(town.browser(), tip)
    assert "A neighbour" in shown and "Far Lane" not in shown


# — What may be said —


@pytest.mark.parametrize("body", ["", "  \n ", "x" * (rules.MOST_COMMENT + 1)])
@pytest.mark.parametrize("htmx", [False, True])
def test_a_comment_that_cannot_be_comes_back_with_what_was_typed(
    town: Town, cast: Cast, tip: AgencyPost, body: str, htmx: bool
) -> None:
    page = say(town.browser(cast.ben), tip, body, htmx=htmx, show_name="y")
    assert page.status == 422 and ("<html" in page.text) != htmx
    field = page.soup.find("textarea", {"name": "body"})
    assert field["aria-invalid"] == "true" and field.get_text().strip() == body.strip()
    assert page.soup.find("input", {"name": "show_name"}).has_attr("checked")
    assert count(town, AgencyComment) == 0


@pytest.mark.parametrize("htmx", [False, True])
def test_words_that_break_r5_come_back_with_how_to_say_it(town: Town, cast: Cast, tip: AgencyPost, htmx: bool) -> None:
    page = say(town.browser(cast.ben), tip, "Two Hispanic men tried the doors.", htmx=htmx)
    assert page.status == 422
    assert "Hispanic" in page.soup.select_one(".found").get_text() and "Say what was done" in page.words
    assert count(town, AgencyComment) == 0


@pytest.mark.parametrize(
    "body",
    [
        "It is all here: https://videos.example/watch",
        "look at www.videos.example",
        "youtu.be/abc shows it",
        "My clips: DRIVE.google.com/folder",
    ],
)
def test_a_link_is_refused_because_it_can_lead_to_footage(town: Town, cast: Cast, tip: AgencyPost, body: str) -> None:
    page = say(town.browser(cast.ben), tip, body)
    assert page.status == 422 and "no links here" in page.words
    assert count(town, AgencyComment) == 0


@pytest.mark.parametrize(
    "body", ["We came home.We left again.", "At 7.30/8.30 and/or later.", "Mr. Hale's door, no. 5."]
)
def test_a_full_stop_is_no_link(body: str) -> None:
    rules.check_comment(body)


def test_a_comment_is_text_and_carries_no_file(town: Town, cast: Cast, tip: AgencyPost) -> None:
    ben = town.browser(cast.ben)
    assert not ben.get(path(tip)).soup.select("#comments input[type=file]")
    picture = (io.BytesIO(factories.jpeg()), "gate.jpg")
    say(ben, tip, "<img src=x onerror=alert(1)>", media=picture, clip=(io.BytesIO(b"x"), "clip.mp4"))
    page = ben.get(path(tip))
    assert "<img src=x onerror=alert(1)>" in page.words and not page.soup.select(".comments img")
    assert count(town, AgencyComment) == 1 and count(town, Media) == 0 and town.files() == []


def test_an_answer_to_a_reply_stands_beside_it(town: Town, cast: Cast, tip: AgencyPost) -> None:
    first = factories.under_agency(town, cast.ben, tip, "When are you open?")
    say(town.browser(cast.officer), tip, "Until six.", reply_to=str(first.id))
    with town.reading() as act:
        answer = act.session.scalars(select(AgencyComment).where(AgencyComment.agency_id.is_not(None))).one()
    assert answer.reply_to == first.id
    page = town.browser(cast.rosa).get(f"{path(tip)}/comments/new?reply={answer.id}")
    assert "Until six." in page.words and "You answer Dana Whitfield · Maple Police." in page.words
    say(town.browser(cast.rosa), tip, "Thanks!", reply_to=str(answer.id))
    listed = town.browser().get(path(tip)).soup.select_one(f"#replies-{first.id}")
    assert [re.sub(r"\s+", " ", p.get_text()) for p in listed.select(".plain-text")] == ["Until six.", "Thanks!"]


def test_what_stands_under_another_post_is_not_answered_here(town: Town, cast: Cast, tip: AgencyPost) -> None:
    other = factories.agency_post(town, cast.officer, "maple-police", title="Another")
    there = factories.under_agency(town, cast.ben, other)
    assert say(town.browser(cast.rosa), tip, reply_to=str(there.id)).status == 404
    assert town.browser(cast.rosa).get(f"{path(tip)}/comments/new?reply={there.id}").status == 404
    assert say(town.browser(cast.rosa), tip, reply_to="no id").status == 404


def test_with_script_only_the_new_comment_and_an_empty_form_come_back(town: Town, cast: Cast, tip: AgencyPost) -> None:
    answer = say(town.browser(cast.ben), tip, "With script.", htmx=True)
    assert answer.status == 200 and "<html" not in answer.text
    added = answer.soup.find(id="comment-list")
    assert added["hx-swap-oob"] == "beforeend" and "With script." in added.get_text()
    assert answer.soup.find("textarea", {"name": "body"}).get_text().strip() == ""


# — Taking it back —


def test_a_resident_deletes_their_comment_and_can_take_that_back_for_a_day(
    town: Town, cast: Cast, tip: AgencyPost
) -> None:
    written = factories.under_agency(town, cast.ben, tip, "Said too much.")
    ben = town.browser(cast.ben)
    for who in (cast.rosa, cast.officer, cast.mod):
        assert town.browser(who).post(f"/agency-comments/{written.id}/delete").status == 404
    answer = ben.post(f"/agency-comments/{written.id}/delete")
    assert answer.location == f"{path(tip)}#comments"
    assert "Undo" in ben.get(path(tip)).words
    assert "Said too much." not in town.browser().get(path(tip)).text
    assert ben.post(f"/agency-comments/{written.id}/put-back").status == 303
    assert "Said too much." in under(town.browser(), tip)
    ben.post(f"/agency-comments/{written.id}/delete")
    town.later(hours=25)
    assert ben.post(f"/agency-comments/{written.id}/put-back").status == 404
    town.chores()
    assert stored(town, written).body == "", "and then its words are erased"


def test_of_a_deleted_comment_that_was_answered_a_trace_is_left(town: Town, cast: Cast, tip: AgencyPost) -> None:
    first = factories.under_agency(town, cast.ben, tip, "When are you open?")
    factories.under_agency(town, cast.officer, tip, "Until six.", reply_to=first.id)
    town.browser(cast.ben).post(f"/agency-comments/{first.id}/delete")
    shown = under(town.browser(), tip)
    assert "Its author deleted this comment." in shown and "Until six." in shown and "When" not in shown


# — Nobody's words disappear because an agency wants it —


def test_comments_stay_readable_when_the_agency_withdraws_its_post(town: Town, cast: Cast, tip: AgencyPost) -> None:
    factories.under_agency(town, cast.ben, tip, "You got this wrong.")
    town.browser(cast.officer).post(f"{path(tip)}/withdraw")
    assert town.browser().get(path(tip)).status == 410
    page = town.browser().get(f"{path(tip)}/comments")
    assert "You got this wrong." in page.words and "The agency withdrew this post" in page.words
    assert tip.title not in page.soup.main.get_text() and not page.soup.select("#comments form")
    assert say(town.browser(cast.ben), tip).status == 404, "and nothing new is written there"
    figures = town.browser().get("/agencies/maple-police/figures")
    assert figures.soup.select_one(f"a[href='{path(tip)}/comments']") is not None


def test_a_text_that_never_was_public_has_no_comments_page(town: Town, cast: Cast) -> None:
    held = factories.agency_post(town, cast.officer, "maple-police", body=ASKS)
    for who in (None, cast.rosa, cast.officer, cast.mod):
        assert town.browser(who).get(f"{path(held)}/comments").status == 404
    with pytest.raises(NotFound), town.acting(cast.ben) as act:
        service.comment(act, "maple-police", held.id, "Hello.")


def test_replies_stay_when_an_agency_changes_withdraws_or_loses_the_answer_above(
    town: Town, cast: Cast, tip: AgencyPost
) -> None:
    answer = factories.under_agency(town, cast.officer, tip, "Come by our desk.")
    factories.under_agency(town, cast.ben, tip, "Your desk was shut.", reply_to=answer.id)
    officer = town.browser(cast.officer)
    officer.post(f"/agency-comments/{answer.id}/edit", {"body": ASKS})
    shown = under(town.browser(), tip)
    assert "Your desk was shut." in shown and "send us the footage" not in shown and "Come by our desk." not in shown
    assert "The agency changed this answer." in shown
    officer.post(f"/agency-comments/{answer.id}/withdraw")
    shown = under(town.browser(), tip)
    assert "The agency withdrew this answer." in shown and "Your desk was shut." in shown


def test_no_page_of_an_agency_offers_it_anything_about_a_residents_words(
    town: Town, cast: Cast, tip: AgencyPost
) -> None:
    written = factories.under_agency(town, cast.ben, tip)
    page = town.browser(cast.officer).get(path(tip))
    comment = page.soup.find(id=f"comment-{written.id}")
    assert not comment.select("form, button, details")
    assert [link.get_text(strip=True) for link in comment.select("a")] == ["Answer"]


def test_no_route_lets_an_agency_touch_what_a_resident_wrote(town: Town, cast: Cast, tip: AgencyPost) -> None:
    """Every route that takes a comment is tried by the agency whose post it is, with every field that any form has."""
    written = factories.under_agency(town, cast.ben, tip)
    before = everything(town)["agency_comment"]
    officer, tried = town.browser(cast.officer), 0
    fields = {"outcome": "remove", "rule": "R5", "reason": "x", "body": "x", "on": "1", "words": "x", "days": "7"}
    for rule in town.app.url_map.iter_rules():
        if "comment_id" not in rule.arguments and "subject_id" not in rule.arguments:
            continue
        values = {name: "reported" if name == "why" else str(written.id) for name in rule.arguments}
        url = town.app.url_map.bind("localhost").build(
            rule.endpoint, values, method="POST" if "POST" in rule.methods else None
        )
        if "POST" in rule.methods:
            assert officer.post(url, fields).status == 404, url
            tried += 1
    assert tried >= 9
    assert everything(town)["agency_comment"] == before
