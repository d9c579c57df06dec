"""The one gate to the feed. Who sees what, as a table; and everything that shows posts keeps to it."""

import uuid
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from portal.accounts import service as accounts
from portal.accounts.models import Account
from portal.db import SYSTEM, Act, Actor
from portal.feed import queries, service
from portal.feed.models import AUDIENCES, STATES, Media, Post, Rendition
from portal.identity import actor_for
from portal.neighbourhoods import service as neighbourhoods
from tests import factories, people
from tests.helpers import Browser, Town

MILE = 1 / 53.06  # degrees of longitude, at the town's latitude


@dataclass
class Scene:
    """One post by Rosa for each audience and state, each with a picture, and the whole town to look at them."""

    town: Town
    cast: people.Cast
    posts: dict[tuple[str, str], uuid.UUID]
    pictures: dict[tuple[str, str], uuid.UUID]

    def viewers(self) -> dict[str, Account | None]:
        return self.cast.accounts() | {"visitor": None}

    def browser(self, who: str) -> Browser:
        return self.town.browser(self.viewers()[who])


def in_state(town: Town, author: Account, audience: str, state: str) -> tuple[uuid.UUID, uuid.UUID]:
    """(post, its picture), brought into that state by the ways that posts come into it."""
    body = f"Words for {audience}, {state}."
    raws = [factories.upload(town, factories.jpeg(64, 48))]
    if state == "attention":
        raws.append(factories.upload(town, b"no picture at all"))
    post = factories.post(town, author, body, audience=audience, uploads=raws)
    with town.acting() as act:
        if state == "held":
            held = act.session.get_one(Post, post.id)  # what a word in it would have brought it to
            held.state, held.findings = (
                "held",
                [{"rule": "R5", "field": "body", "start": 0, "end": 5, "words": "Words", "reason": "looks"}],
            )
        for media in act.session.scalars(select(Media).where(Media.post_id == post.id)).all():
            media.state, media.attempts = "working", 1
            act.session.flush()
            if media.source == raws[0].name and state != "preparing":
                made = [service.Prepared("picture", f"media/{media.id}.webp", "image/webp", 64, 48, 9)]
                town.here.store.path("media").mkdir(exist_ok=True)
                town.here.store.path(made[0].name).write_bytes(b"a picture")
                service.media_prepared(act, media.id, 1, 64, 48, None, made)
            elif media.source != raws[0].name:
                service.media_refused(act, media.id, "broken", {})
    with town.acting(author) as act:
        if state == "deleted":
            service.delete_post(act, post.id)
        if state == "hidden":
            service.hide(act, act.session.get_one(Post, post.id))
        if state == "removed":
            service.remove_post(act, act.session.get_one(Post, post.id), "R5")
    with town.reading() as act:
        assert act.session.get_one(Post, post.id).state == state
        [media_id] = act.session.scalars(select(Media.id).where(Media.post_id == post.id)).all()
        rendition = act.session.scalar(select(Rendition.id).where(Rendition.media_id == media_id))
    return post.id, rendition or uuid.uuid4()


@pytest.fixture
def scene(town: Town) -> Scene:
    cast = people.everybody(town)
    made = {key: in_state(town, cast.rosa, *key) for key in ((a, s) for a in AUDIENCES for s in STATES)}
    return Scene(town, cast, {key: pair[0] for key, pair in made.items()}, {key: pair[1] for key, pair in made.items()})


def may_see(who: str, audience: str, state: str) -> bool:
    """The table of the design: nobody but these."""
    if who == "rosa":
        return state != "deleted"
    if state != "visible":
        return False
    return audience == "everyone" or who == "ben"


def test_every_viewer_sees_what_the_table_says_and_nothing_else(scene: Scene) -> None:
    for who, account in scene.viewers().items():
        with scene.town.reading(account) as act:
            viewer = act.actor if account else Actor("visitor")
            seen = {row.id for row in act.session.scalars(queries.visible_to(viewer))}
        expected = {post_id for key, post_id in scene.posts.items() if may_see(who, *key)}
        assert seen == expected, who


def test_a_post_page_and_its_picture_are_there_for_those_and_for_nobody_else(scene: Scene) -> None:
    for who in scene.viewers():
        browser = scene.browser(who)
        no_page, no_file = browser.get(f"/posts/{uuid.uuid4()}"), browser.get(f"/media/{uuid.uuid4()}")
        assert no_page.status == no_file.status == 404
        for key, post_id in scene.posts.items():
            page, picture = browser.get(f"/posts/{post_id}"), browser.get(f"/media/{scene.pictures[key]}")
            if may_see(who, *key):
                assert page.status == 200 and f"Words for {key[0]}, {key[1]}." in page.words, (who, key)
                assert picture.status == (404 if key[1] == "preparing" else 200), (who, key)
            else:
                assert (page.status, page.text) == (404, no_page.text), (who, key)
                assert (picture.status, picture.text) == (404, no_file.text), (who, key)


def test_feeds_and_their_counts_hold_what_the_gate_lets_through(scene: Scene) -> None:
    for who in scene.viewers():
        browser = scene.browser(who)
        for address in ("/feed", "/feed?miles=5", "/devices/feed", "/feed?category=safety"):
            page = browser.get(address)
            if page.status != 200:
                assert address == "/devices/feed" and who != "rosa" and page.status in (302, 404), (who, address)
                continue
            for key, post_id in scene.posts.items():
                shown = f"Words for {key[0]}, {key[1]}." in page.words
                near = who != "faye"  # whose feed is about what is near her: she may see one, and is not shown it
                assert shown == (near and may_see(who, *key) and key[1] == "visible"), (who, address, key)
                if not may_see(who, *key):
                    assert str(post_id) not in page.text, (who, address, key)
        live = browser.get("/feed/live?after=0&miles=5", htmx=True)
        visible = 0 if who == "faye" else sum(may_see(who, *key) and key[1] == "visible" for key in scene.posts)
        assert live.status == (200 if visible else 204), who
        assert not visible or f"{visible} new post" in live.words, who


def test_devices_and_the_town_itself_see_no_post(scene: Scene) -> None:
    with scene.town.reading() as act:
        for viewer in (SYSTEM, Actor("device", uuid.uuid4()), Actor("somebody"), Actor("")):
            assert act.session.scalars(queries.visible_to(viewer)).all() == [], viewer


def test_agencies_see_none_of_the_neighbours_words_anywhere(scene: Scene) -> None:
    post_id = scene.posts["neighbours", "visible"]
    with scene.town.reading() as act:
        post = act.session.get_one(Post, post_id)
    factories.comment(scene.town, scene.cast.ben, post, "A comment for neighbours.")
    for who in ("officer", "captain", "clerk"):
        browser = scene.browser(who)
        slug = {"officer": "maple-police", "captain": "maple-fire", "clerk": "town-of-maple"}[who]
        for address in ("/", "/feed", "/feed?miles=5", f"/agencies/{slug}", "/ledger", "/account", "/guidelines"):
            page = browser.get(address)
            assert "Words for neighbours" not in page.text and "A comment for" not in page.text, (who, address)
            assert str(post_id) not in page.text, (who, address)


def test_nobody_comments_on_or_reports_what_they_cannot_see(scene: Scene) -> None:
    for who in scene.viewers():
        browser = scene.browser(who)
        for key, post_id in scene.posts.items():
            if may_see(who, *key) and key[1] == "visible":
                continue
            answer = browser.post(f"/posts/{post_id}/comments", {"body": "Let me in."})
            assert answer.status == (401 if who == "visitor" else 404), (who, key)
            assert browser.get(f"/posts/{post_id}/report").status in (302, 404), (who, key)


def test_only_its_author_can_delete_put_back_or_publish_a_post(scene: Scene) -> None:
    for who in scene.viewers():
        if who == "rosa":
            continue
        browser = scene.browser(who)
        for key, post_id in scene.posts.items():
            for act in ("delete", "put-back", "publish"):
                answer = browser.post(f"/posts/{post_id}/{act}")
                assert answer.status == (401 if who == "visitor" else 404), (who, key, act)
    with scene.town.reading() as act:
        assert {key: act.session.get_one(Post, post_id).state for key, post_id in scene.posts.items()} == {
            key: key[1] for key in scene.posts
        }


@pytest.mark.parametrize("state", ["held", "hidden", "removed"])
def test_its_author_has_no_way_around_a_moderator(scene: Scene, state: str) -> None:
    post_id = scene.posts["neighbours", state]
    rosa = scene.browser("rosa")
    assert rosa.get(f"/posts/{post_id}").status == 200
    for act in ("delete", "put-back", "publish"):
        rosa.post(f"/posts/{post_id}/{act}")
    assert scene.browser("ben").get(f"/posts/{post_id}").status == 404
    with scene.town.reading() as act:
        assert act.session.get_one(Post, post_id).state == state


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("end", ["deleted", "removed"])
def test_what_was_deleted_or_removed_is_gone_for_others_at_once(scene: Scene, audience: str, end: str) -> None:
    key = (audience, "visible")
    post_id, picture = scene.posts[key], scene.pictures[key]
    ben = scene.browser("ben")
    assert ben.get(f"/posts/{post_id}").status == ben.get(f"/media/{picture}").status == 200
    if end == "deleted":
        scene.browser("rosa").post(f"/posts/{post_id}/delete")
    else:
        with scene.town.acting() as act:
            service.remove_post(act, act.session.get_one(Post, post_id), "R5")
    for who in scene.viewers():
        if who == "rosa" and end == "removed":
            continue
        assert scene.browser(who).get(f"/posts/{post_id}").status == 404, who
        assert scene.browser(who).get(f"/media/{picture}").status == 404, who
    assert f"Words for {audience}, visible." not in ben.get("/feed").words
    if end == "removed":
        page = scene.browser("rosa").get(f"/posts/{post_id}")
        assert "A moderator removed this post" in page.words and "R5" in page.words


def test_a_moderator_sees_what_was_reported_by_the_moderators_own_door_only(scene: Scene) -> None:
    reported, other = scene.posts["neighbours", "visible"], scene.posts["neighbours", "preparing"]
    with scene.town.reading(scene.cast.mod) as act:
        seen = act.session.scalars(queries.visible_to(act.actor, under_review=Post.id == reported)).all()
        assert {post.id for post in seen} == {reported, scene.posts["everyone", "visible"]}
        assert other not in {post.id for post in seen}
    for who in ("officer", "operator", "legal", "auditor", "faye"):
        with scene.town.reading(scene.cast.accounts()[who]) as act:
            seen = act.session.scalars(queries.visible_to(act.actor, under_review=Post.id == reported)).all()
            assert reported not in {post.id for post in seen}, f"{who} is no moderator"


def test_a_resident_whose_home_is_not_on_the_map_sees_what_is_for_everyone(scene: Scene) -> None:
    with scene.town.acting() as act:
        household = accounts.add_household(act, "1 Nowhere")
        act.session.flush()
        nora = factories._account(act, "resident", "nora@maple.example", "Nora", household.id)
    with scene.town.reading(nora) as act:
        assert act.actor.home_cell is None
        seen = {post.id for post in act.session.scalars(queries.visible_to(act.actor))}
    assert seen == {scene.posts["everyone", "visible"]}


def test_who_moves_away_sees_the_old_neighbours_posts_no_more(town: Town) -> None:
    rosa, ben = factories.resident(town, "Rosa"), factories.resident(town, "Ben")
    post = factories.post(town, rosa)
    assert town.browser(ben).get(f"/posts/{post.id}").status == 200
    lane = factories.street(town, "Far Lane", factories.FAR)
    with town.acting() as act:
        neighbourhoods.place_home(act, ben.household_id, lane, *factories.FAR)
    assert town.browser(ben).get(f"/posts/{post.id}").status == 404


def test_the_number_that_an_author_is_told_is_the_number_that_can_read_it(town: Town) -> None:
    """ "Who will see this" counts homes; each of them has one resident here."""
    rosa = factories.resident(town, "Rosa")
    latitude, longitude = factories.MAPLE
    others = [
        factories.resident(town, f"N{n}", f"Street {n}", (latitude, longitude + n * MILE * 0.75)) for n in range(1, 13)
    ]
    post = factories.post(town, rosa)
    readers = 0
    for account in [rosa, *others]:
        with town.reading(account) as act:
            readers += queries.post(Act(act.session, actor_for(act, account), act.now), post.id) is not None
    street = factories.street(town).id
    fragment = town.browser(rosa).get(f"/posts/reach?street={street}&audience=neighbours", htmx=True)
    assert f"The people of {readers} homes within 5 miles can read it." in fragment.words
    assert 5 <= readers <= 8, "some are within five miles, and some are not"
