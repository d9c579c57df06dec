"""Changing a post: what readers see before and after, what a moderator looks at, and what becomes of its files."""

import uuid
from typing import Any

import pytest

from portal.feed import rules, service
from portal.feed.models import AUDIENCES, Post, PostRevision
from tests import factories, people
from tests.devices.tools import count, everything
from tests.feed.composing import Composer, media, renditions, shown, stored
from tests.helpers import Page, Town

BAD = "A black guy walked past my door."


@pytest.fixture
def rosa(town: Town, cast: people.Cast) -> Composer:
    return Composer.of(town, cast.rosa)


@pytest.fixture
def ben(town: Town, cast: people.Cast) -> Composer:
    return Composer.of(town, cast.ben)


def edit(who: Composer, post_id: uuid.UUID, body: str = "The gate is shut again.", **fields: Any) -> Page:
    data = {"category": "safety", "body": body, "audience": "neighbours"} | fields
    return who.browser.post(f"/posts/{post_id}/edit", data)


def history(who: Composer, post_id: uuid.UUID) -> Page:
    return who.browser.get(f"/posts/{post_id}/history")


# — Words and their history —


def test_an_edited_post_says_so_keeps_its_place_and_shows_what_it_said_before(rosa: Composer, ben: Composer) -> None:
    post_id = rosa.posted("Somebody left the gate open.")
    later = rosa.posted("A newer post.")
    before = stored(rosa.town, post_id)
    rosa.town.later(hours=1)
    assert edit(rosa, post_id, category="good").location == f"/posts/{post_id}"
    edit(rosa, post_id, "The gate has a new lock.")
    after = stored(rosa.town, post_id)
    assert (after.published_seq, after.published_at) == (before.published_seq, before.published_at)
    assert shown(ben.browser.get("/feed")) == [str(later), str(post_id)]
    page = ben.page(post_id)
    assert "The gate has a new lock." in page.words and "edited" in page.words
    assert page.soup.select_one(f'article a[href="/posts/{post_id}/history"]')
    told = history(ben, post_id).words
    assert told.index("new lock") < told.index("shut again") < told.index("left the gate open")
    assert "Good neighbour" in told


def test_the_form_holds_the_post_as_it_is(rosa: Composer) -> None:
    post_id = rosa.posted("Words.", category="pet", audience="everyone")
    form = rosa.browser.get(f"/posts/{post_id}/edit").soup
    assert form.find("textarea", {"name": "body"}).get_text().strip() == "Words."
    assert form.select_one("input[name=category][checked]")["value"] == "pet"
    assert form.select_one("input[name=audience][checked]")["value"] == "everyone"


def test_a_wrong_edit_comes_back_and_changes_nothing(rosa: Composer) -> None:
    post_id = rosa.posted()
    before = everything(rosa.town)
    page = edit(rosa, post_id, "")
    assert page.status == 422 and page.soup.select_one("[role=alert]")
    assert everything(rosa.town) == before


def test_a_post_that_was_never_changed_has_no_history(rosa: Composer, ben: Composer) -> None:
    assert history(ben, rosa.posted()).status == 404


def test_history_is_for_those_who_can_read_the_post_and_for_nobody_else(rosa: Composer, cast: people.Cast) -> None:
    near, public = rosa.posted("Near."), rosa.posted("Public.", audience="everyone")
    edit(rosa, near), edit(rosa, public, audience="everyone")
    for name, account in (cast.accounts() | {"visitor": None}).items():
        browser = rosa.town.browser(account)
        assert browser.get(f"/posts/{public}/history").status == 200, name
        assert browser.get(f"/posts/{near}/history").status == (200 if name in ("rosa", "ben") else 404), name


def test_words_that_nobody_read_leave_no_history(rosa: Composer) -> None:
    post_id = rosa.posted(BAD)
    assert stored(rosa.town, post_id).state == "held"
    edit(rosa, post_id, "Somebody walked past my door three times.")
    post = stored(rosa.town, post_id)
    assert (post.state, post.edited_at, count(rosa.town, PostRevision)) == ("visible", None, 0)


def test_an_edit_of_the_readers_or_of_descriptions_alone_keeps_no_words_twice(rosa: Composer, ben: Composer) -> None:
    post_id = rosa.posted("Words.", audience="everyone")
    edit(rosa, post_id, "Words.")
    assert count(rosa.town, PostRevision) == 0
    assert "Its words are the same" in history(ben, post_id).words


# — Who reads it —


@pytest.mark.parametrize("wanted", AUDIENCES)
@pytest.mark.parametrize("before", AUDIENCES)
def test_readers_become_fewer_and_never_more(rosa: Composer, before: str, wanted: str) -> None:
    post_id = rosa.posted("Words.", audience=before)
    page = edit(rosa, post_id, audience=wanted)
    if before == "neighbours" and wanted == "everyone":
        assert page.status == 422 and "strangers cannot be let in afterwards" in page.words
        assert stored(rosa.town, post_id).audience == "neighbours"
    else:
        assert page.status == 303 and stored(rosa.town, post_id).audience == wanted
        assert rosa.town.browser().get(f"/posts/{post_id}").status == (200 if wanted == "everyone" else 404)


def test_footage_can_be_added_when_the_post_is_narrowed_with_it(rosa: Composer, photo: bytes) -> None:
    import io

    post_id = rosa.posted("Words.", audience="everyone")
    sent = {"media": [(io.BytesIO(photo), "porch.jpg")], "from_camera": "y"}
    assert edit(rosa, post_id, audience="everyone", **sent).status == 422
    sent["media"] = [(io.BytesIO(photo), "porch.jpg")]
    assert edit(rosa, post_id, audience="neighbours", **sent).status == 303
    assert media(rosa.town, post_id)[0].from_camera


# — A moderator's part —


def test_words_are_looked_at_again_and_a_post_that_breaks_a_rule_now_waits(rosa: Composer, ben: Composer) -> None:
    post_id = rosa.posted("Somebody walked past.")
    edit(rosa, post_id, BAD)
    assert stored(rosa.town, post_id).state == "held"
    assert ben.page(post_id).status == 404 and shown(ben.browser.get("/feed")) == []
    number = stored(rosa.town, post_id).published_seq
    edit(rosa, post_id, "Somebody walked past my door.")
    assert (stored(rosa.town, post_id).state, stored(rosa.town, post_id).published_seq) == ("visible", number)


def test_what_a_moderator_removed_comes_back_only_by_a_moderator(rosa: Composer, ben: Composer) -> None:
    post_id = rosa.posted("Words that broke a rule.")
    with rosa.town.acting() as act:
        service.remove_post(act, act.session.get_one(Post, post_id), "R5")
    assert rosa.page(post_id).soup.select_one(f'a[href="/posts/{post_id}/edit"]')
    for body in ("Better words.", "Still better words."):
        assert edit(rosa, post_id, body).status == 303
        assert stored(rosa.town, post_id).state == "held" and ben.page(post_id).status == 404
    with rosa.town.acting() as act:
        service.release(act, act.session.get_one(Post, post_id))
    assert "Still better words." in ben.page(post_id).words
    assert history(ben, post_id).status == 200 and "broke a rule" not in history(ben, post_id).words


def test_a_hidden_post_stays_hidden_whatever_it_says_now(rosa: Composer, ben: Composer) -> None:
    post_id = rosa.posted()
    with rosa.town.acting() as act:
        service.hide(act, act.session.get_one(Post, post_id))
    edit(rosa, post_id)
    assert stored(rosa.town, post_id).state == "hidden" and ben.page(post_id).status == 404


def test_a_post_that_is_being_prepared_or_deleted_cannot_be_changed(rosa: Composer, photo: bytes) -> None:
    preparing = rosa.posted("Look.", ("gate.jpg", photo))
    deleted = rosa.posted()
    rosa.browser.post(f"/posts/{deleted}/delete")
    assert edit(rosa, preparing).status == edit(rosa, deleted).status == 404


# — Files —


@pytest.fixture
def pictured(rosa: Composer, photo: bytes) -> uuid.UUID:
    post_id = rosa.posted("Look.", ("1.jpg", photo), ("2.jpg", photo), alt="A gate")
    rosa.town.work()
    return post_id


def test_a_file_that_is_taken_out_is_gone_at_once_and_erased_after_a_day(
    rosa: Composer, ben: Composer, pictured: uuid.UUID
) -> None:
    first, second = media(rosa.town, pictured)
    gone = next(row for row in renditions(rosa.town, pictured) if row.media_id == first.id)
    kept = next(row for row in renditions(rosa.town, pictured) if row.media_id == second.id)
    assert ben.browser.get(f"/media/{gone.id}").status == 200
    edit(rosa, pictured, "Look.", removed=str(first.id))
    for who in (ben, rosa):
        assert who.browser.get(f"/media/{gone.id}").status == 404
        assert len(who.page(pictured).soup.select("article img")) == 1
    assert ben.browser.get(f"/media/{kept.id}").status == 200
    rosa.town.later(hours=23)
    rosa.town.chores()
    assert gone.name in rosa.town.files()
    rosa.town.later(hours=2)
    rosa.town.chores()
    assert gone.name not in rosa.town.files() and kept.name in rosa.town.files()


def test_a_file_can_be_put_back_for_a_day(rosa: Composer, ben: Composer, pictured: uuid.UUID) -> None:
    first = media(rosa.town, pictured)[0]
    edit(rosa, pictured, "Look.", removed=str(first.id))
    box = rosa.browser.get(f"/posts/{pictured}/edit").soup.select_one(f"#removed-{first.id}")
    assert box.has_attr("checked")
    edit(rosa, pictured, "Look.")
    assert len(ben.page(pictured).soup.select("article img")) == 2


def test_a_file_can_be_described_anew(rosa: Composer, ben: Composer, pictured: uuid.UUID) -> None:
    first = media(rosa.town, pictured)[0]
    edit(rosa, pictured, "Look.", **{f"alt-{first.id}": "An open gate, seen from the street"})
    pictures = ben.page(pictured).soup.select("article img")
    assert [picture["alt"] for picture in pictures] == ["An open gate, seen from the street", "A gate"]


def test_a_file_that_is_added_appears_for_others_when_it_is_ready(
    rosa: Composer, ben: Composer, photo: bytes, pictured: uuid.UUID
) -> None:
    import io

    edit(rosa, pictured, "Look.", media=[(io.BytesIO(photo), "3.jpg")], alt="A third")
    assert stored(rosa.town, pictured).state == "visible"
    assert len(ben.page(pictured).soup.select("article .media__item")) == 2
    assert len(rosa.page(pictured).soup.select("article .media__item--wait")) == 1
    ben.browser.get("/feed")
    rosa.town.work()
    for page in (ben.page(pictured), ben.browser.get("/feed")):
        assert [picture["alt"] for picture in page.soup.select("article img")] == ["A gate", "A gate", "A third"]


def test_a_post_holds_at_most_six_files_after_an_edit_too(rosa: Composer, photo: bytes, pictured: uuid.UUID) -> None:
    import io

    before = rosa.town.files()
    page = edit(rosa, pictured, "Look.", media=[(io.BytesIO(photo), f"{n}.jpg") for n in range(5)])
    assert page.status == 422 and "At most 6" in page.words and rosa.town.files() == before


def test_a_post_with_a_refused_file_can_be_mended(rosa: Composer, photo: bytes) -> None:
    uploads = [factories.upload(rosa.town, b"\xff\xd8\xff no picture at all")]
    post = factories.post(rosa.town, rosa.account, uploads=uploads)
    rosa.town.work()
    assert stored(rosa.town, post.id).state == "attention"
    edit(rosa, post.id, "In words then.")
    assert stored(rosa.town, post.id).state == "visible"


# — Solved, and time that is over —


def test_a_post_can_say_that_it_is_solved_and_be_open_again(rosa: Composer, ben: Composer) -> None:
    pet, gate = rosa.posted("A cat is missing.", category="pet"), rosa.posted("The gate is open.")
    ben.browser.get("/feed")
    for post_id, words in ((pet, "Found!"), (gate, "Solved")):
        assert rosa.browser.post(f"/posts/{post_id}/resolve", {"on": "1"}).status == 303
        assert words in ben.browser.get("/feed").words and words in ben.page(post_id).words
    assert shown(ben.browser.get("/feed?unresolved=1")) == []
    rosa.browser.post(f"/posts/{pet}/resolve", {"on": "0"})
    assert shown(ben.browser.get("/feed?unresolved=1")) == [str(pet)]
    assert "Found!" not in ben.page(pet).words


def test_shared_files_are_erased_after_ninety_days_and_the_words_stay(
    rosa: Composer, ben: Composer, pictured: uuid.UUID
) -> None:
    file = renditions(rosa.town, pictured)[0]
    rosa.town.later(days=rules.MEDIA_DAYS - 1)
    rosa.town.chores()
    assert ben.browser.get(f"/media/{file.id}").status == 200
    assert "are deleted on" in rosa.page(pictured).words and "are deleted on" not in ben.page(pictured).words
    rosa.town.later(days=2)
    assert ben.browser.get(f"/media/{file.id}").status == 404, "also when no chore has run yet"
    rosa.town.chores()
    assert rosa.town.files() == []
    page = ben.page(pictured)
    assert "Look." in page.words and not page.soup.select("article img")
    assert "were deleted when their time was over" in page.words


def test_their_author_can_keep_them_for_as_long_again(rosa: Composer, ben: Composer, pictured: uuid.UUID) -> None:
    file = renditions(rosa.town, pictured)[0]
    rosa.town.later(days=rules.MEDIA_DAYS - 1)
    assert rosa.browser.post(f"/posts/{pictured}/renew").status == 303
    assert "are deleted on" not in rosa.page(pictured).words
    rosa.town.later(days=rules.MEDIA_DAYS - 1)
    rosa.town.chores()
    assert ben.browser.get(f"/media/{file.id}").status == 200


def test_what_was_changed_stands_in_the_ledger_without_its_words(rosa: Composer) -> None:
    edit(rosa, rosa.posted("Words of before."), "Words of after.")
    entries = "\n".join(everything(rosa.town)["ledger"])
    assert "post.edited" in entries and "Words of" not in entries
