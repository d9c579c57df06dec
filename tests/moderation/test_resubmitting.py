"""What was removed or held can be said in another way, and comes back through a moderator."""

from portal.accounts.models import Account
from portal.feed import service as feed
from portal.feed.models import Post
from tests import factories
from tests.helpers import Town
from tests.moderation.tools import BODY, appeal, decide, decision_id, path, report, state_of
from tests.people import Cast

BETTER = "Somebody tried the handles of three cars at two in the morning."


def edit(town: Town, author: Account, post: Post, body: str = BETTER) -> None:
    with town.acting(author) as act:
        feed.edit_post(act, post.id, feed.Changes(post.category, body, post.audience))


def removed(town: Town, cast: Cast) -> Post:
    post = factories.post(town, cast.rosa, body=BODY)
    report(town, cast.ben, post)
    decide(town, cast.mod, post, "remove", "R5")
    return post


def test_an_edited_removal_waits_for_a_moderator_and_for_nobody_else(town: Town, cast: Cast) -> None:
    post = removed(town, cast)
    link = town.browser(cast.rosa).get("/decisions").soup.find("a", string="Change the words")
    assert town.browser(cast.rosa).get(link["href"]).status == 200
    edit(town, cast.rosa, post)
    edit(town, cast.rosa, post, BETTER + " Again.")
    assert state_of(town, post) == "held", "however good the new words are, and however often they are changed"
    assert BETTER not in town.browser(cast.ben).get("/feed").text
    assert "You have changed it" in town.browser(cast.rosa).get("/decisions").words
    assert BETTER in town.browser(cast.mod).get(path(post, "held")).words
    assert decide(town, cast.mod, post, "leave", why="held", reason="It says what was done.").status == 303
    assert BETTER in town.browser(cast.ben).get("/feed").words
    assert town.browser(cast.mod).get(path(post, "held")).status == 404


def test_resubmitting_takes_the_place_of_an_appeal(town: Town, cast: Cast, second: Account) -> None:
    post = removed(town, cast)
    appeal(town, cast.rosa, post)
    earlier = decision_id(town, cast.rosa, post)
    edit(town, cast.rosa, post)
    assert town.browser(second).get(path(post, "appeal")).status == 404
    assert decide(town, second, post, "remove", "R5", why="held").status == 303
    assert state_of(town, post) == "removed"
    assert town.browser(second).get(path(post, "appeal")).status == 404, "the old appeal was about the old words"
    assert decision_id(town, cast.rosa, post) != earlier
    assert appeal(town, cast.rosa, post).status == 303, "the new decision can be appealed on its own"


def test_new_words_for_a_hidden_post_do_not_bring_it_back(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa, body=BODY)
    for name in ("Nora", "Omar", "Pia"):
        report(town, factories.resident(town, name), post)
    edit(town, cast.rosa, post)
    assert state_of(town, post) == "hidden"
    assert BETTER in town.browser(cast.mod).get(path(post)).words


def test_what_the_checker_held_goes_out_by_itself_once_its_words_are_right(town: Town, cast: Cast) -> None:
    post = factories.post(town, cast.rosa, body="Two Hispanic men tried the doors.")
    assert post.state == "held"
    page = town.browser(cast.mod).get(path(post, "held"))
    assert "Hispanic men" in [tag.get_text() for tag in page.soup.find_all("q")]
    edit(town, cast.rosa, post)
    assert state_of(town, post) == "visible"
    assert "Nothing waits" in town.browser(cast.mod).get("/moderation").words
