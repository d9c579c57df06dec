"""A public post is changed in the open: same number, same place, and everybody reads what it said before."""

from portal.bulletins.models import AgencyPost
from tests import factories
from tests.helpers import Town, form_data
from tests.moderation.tools import ASKS, appeal, decide
from tests.people import Cast


def now(town: Town, post: AgencyPost) -> AgencyPost:
    with town.reading() as act:
        return act.session.get_one(AgencyPost, post.id)


def change(town: Town, cast: Cast, post: AgencyPost, **said: object) -> None:
    factories.change_agency_post(town, cast.officer, "maple-police", post, **said)


def path(post: AgencyPost) -> str:
    return f"/agencies/maple-police/posts/{post.id}"


def waiting(town: Town, post: AgencyPost):
    from portal.bulletins import queries

    with town.reading() as act:
        return queries.held_edit(act, post.id)


def test_everybody_reads_what_it_said_before_word_by_word(town: Town, cast: Cast) -> None:
    post = factories.agency_post(
        town, cast.officer, "maple-police", "Elm is closed", body="Elm is closed until Friday."
    )
    form = form_data(town.browser(cast.officer).get(f"{path(post)}/edit"))
    typed = form | {"title": "Elm is open", "body": "Elm is open since Friday."}
    assert town.browser(cast.officer).post(f"{path(post)}/edit", typed).status == 303
    assert (now(town, post).published_seq, now(town, post).revision) == (post.published_seq, 1)
    assert town.browser().get(path(post)).soup.find("a", href=f"{path(post)}/history")
    page = town.browser().get(f"{path(post)}/history")
    assert [tag.get_text() for tag in page.soup.find_all("del")] == ["closed", "closed", "until"]
    assert [tag.get_text() for tag in page.soup.find_all("ins")] == ["open", "open", "since"]
    assert "Changed by Dana Whitfield" in page.words
    assert "changed “Elm is open”" in town.browser().get("/ledger").words
    assert "Elm is open" in town.browser(cast.rosa).get("/feed").words


def test_a_form_that_is_sent_back_as_it_stands_changes_nothing(town: Town, cast: Cast) -> None:
    town.later(seconds=7.25)
    post = factories.agency_post(town, cast.officer, "maple-police", kind="update", source="Front desk")
    page = town.browser(cast.officer).get(f"{path(post)}/edit")
    typed = form_data(page) | {"body": page.soup.find("textarea", {"name": "body"}).get_text().strip()}
    assert town.browser(cast.officer).post(f"{path(post)}/edit", typed).status == 303
    assert now(town, post).revision == 0


def test_an_edit_that_asks_waits_and_the_old_words_stay(town: Town, cast: Cast, second) -> None:
    post = factories.agency_post(town, cast.officer, "maple-police", "Thefts", body="Lock your doors.")
    change(town, cast, post, body=ASKS)
    for who in (None, cast.rosa, cast.officer):
        page = town.browser(who).get(path(post)).soup.select_one(".post__body").get_text()
        assert "Lock your doors." in page
    assert ASKS not in town.browser().get(path(post)).text
    assert "New words wait for a moderator" in town.browser(cast.officer).get(path(post)).words
    edit = waiting(town, post)
    assert decide(town, cast.mod, edit, "leave", why="agency").status == 303
    assert "Lock your doors." in town.browser().get(path(post)).words, "R1 takes two"
    assert decide(town, second, edit, "leave", why="agency", reason="It quotes a scam.").status == 303
    assert ASKS in town.browser().get(path(post)).words
    assert town.browser().get(f"{path(post)}/history").soup.find("del")


def test_a_refused_edit_leaves_the_old_words_and_can_be_appealed(town: Town, cast: Cast, second) -> None:
    post = factories.agency_post(town, cast.officer, "maple-police", "Thefts", body="Lock your doors.")
    change(town, cast, post, body=ASKS)
    edit = waiting(town, post)
    assert decide(town, cast.mod, edit, "remove", "R1", why="agency").status == 303
    assert (now(town, post).body, now(town, post).state) == ("Lock your doors.", "visible")
    assert "Your agency's new words: removed" in town.browser(cast.officer).get("/decisions").words
    assert appeal(town, cast.officer, edit).status == 303
    assert decide(town, second, edit, "overturned", why="appeal").status == 303
    assert waiting(town, post) is not None, "and two who did not refuse it still have to agree"
    assert now(town, post).body == "Lock your doors."


def test_new_words_can_be_taken_back_and_newer_ones_take_their_place(town: Town, cast: Cast) -> None:
    post = factories.agency_post(town, cast.officer, "maple-police", "Thefts", body="Lock your doors.")
    change(town, cast, post, body=ASKS)
    change(town, cast, post, body=f"{ASKS} Thank you.")
    assert waiting(town, post).body.endswith("Thank you.")
    assert town.browser(cast.officer).post(f"{path(post)}/edit/withdraw").status == 303
    assert waiting(town, post) is None
    change(town, cast, post, body="Lock your windows.")
    assert now(town, post).body == "Lock your windows."


def test_what_a_moderator_let_out_is_not_held_again_for_the_same_words_unless_it_asks(town: Town, cast: Cast) -> None:
    body = "A missing child was last seen at the library. Call 911."
    post = factories.agency_post(town, cast.officer, "maple-police", "Please help", body=body)
    decide(town, cast.mod, post, "leave", why="agency")
    change(town, cast, post, title="Found, and well", body=f"Found. {body}")
    assert now(town, post).title == "Found, and well"
