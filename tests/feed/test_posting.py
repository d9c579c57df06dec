"""Posting: what a neighbour writes and shows, and what becomes of it until it is in the feed, or not."""

import io
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from PIL import Image

from portal.accounts import queries as accounts
from portal.feed import rules, service
from portal.feed.models import AUDIENCES, CATEGORIES, Media, Post, Rendition
from portal.neighbourhoods import queries as places
from portal.web import uploads
from tests import factories
from tests.devices.tools import Porch, count, everything
from tests.factories import Owner, delivered_clip
from tests.feed.composing import Composer, media, renditions, shown, stored
from tests.helpers import Town
from tests.media import files
from tests.media.files import SECRET


@pytest.fixture
def rosa(town: Town) -> Composer:
    return Composer.of(town, factories.resident(town, "Rosa"))


@pytest.fixture
def ben(town: Town) -> Composer:
    return Composer.of(town, factories.resident(town, "Ben"))


# — Words —


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("category", CATEGORIES)
def test_words_are_in_the_feed_at_once(rosa: Composer, ben: Composer, category: str, audience: str) -> None:
    post_id = rosa.posted("The gate of the playground is broken.", category=category, audience=audience)
    post = stored(rosa.town, post_id)
    assert (post.state, post.category, post.audience) == ("visible", category, audience)
    assert post.published_seq is not None and post.published_at == rosa.town.clock.now()
    assert "Your post is in the feed." in rosa.page(post_id).words
    assert shown(ben.browser.get("/feed")) == [str(post_id)]
    visitor = rosa.town.browser().get(f"/posts/{post_id}")
    assert visitor.status == (200 if audience == "everyone" else 404)


def test_a_post_shows_its_street_and_its_authors_name_and_nothing_nearer(rosa: Composer, ben: Composer) -> None:
    post_id = rosa.posted()
    page = ben.page(post_id)
    assert "Maple Street" in page.words and "Rosa" in page.words
    with rosa.town.reading(rosa.account) as act:
        home = places.home(act, rosa.account.household_id)
        address = accounts.household_address(act, rosa.account.household_id)
    assert address not in page.text and rosa.account.email not in page.text
    assert home.cell9 not in page.text and str(home.latitude) not in page.text


def test_what_is_typed_is_shown_as_text_and_never_as_html(rosa: Composer, ben: Composer) -> None:
    post_id = rosa.posted("<script>alert(1)</script> & <b>bold</b>\n\nSecond part")
    for address in (f"/posts/{post_id}", "/feed"):
        page = ben.browser.get(address)
        assert "<script>alert(1)</script> & <b>bold</b>" in page.words
        assert not page.soup.select("article b")


def test_a_post_may_be_about_another_street_of_the_town(rosa: Composer) -> None:
    other = factories.street(rosa.town, "Elm Street", (40.01, -85.0))
    post_id = rosa.posted(street=str(other.id))
    assert stored(rosa.town, post_id).place == "Elm Street"


# — Guidelines first —


def test_nobody_posts_before_they_have_read_the_guidelines_and_then_it_goes_on_where_it_began(town: Town) -> None:
    nora = Composer.of(town, factories.resident(town, "Nora", guidelines=False))
    first = nora.browser.get("/posts/new")
    assert (first.status, first.location) == (302, "/guidelines?next=/posts/new")
    assert nora.send().status == 302 and count(town, Post) == 0
    assert nora.send(htmx=True).response.headers["HX-Redirect"] == first.location and count(town, Post) == 0
    page = nora.browser.get(first.location)
    assert all(f"R{number}" in page.words for number in range(1, 9))
    assert page.soup.find("input", {"name": "next"})["value"] == "/posts/new"
    answer = nora.browser.post("/guidelines", {"next": "/posts/new"})
    assert (answer.status, answer.location) == (303, "/posts/new")
    assert nora.browser.get("/posts/new").status == 200
    assert "You have accepted these guidelines." in nora.browser.get("/guidelines").words
    nora.posted()


def test_accepting_leads_nowhere_outside(town: Town) -> None:
    nora = Composer.of(town, factories.resident(town, "Nora", guidelines=False))
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        assert nora.browser.post("/guidelines", {"next": target}).location == "/feed"


@pytest.mark.parametrize("who", ["agency", "moderator", "operator", "legal", "auditor"])
def test_posting_is_for_residents(town: Town, who: str) -> None:
    if who == "agency":
        police = factories.agency(town, "maple-police", "police", "Maple Police")
        account = factories.member(town, police, "officer@police.maple.example", "Dana Whitfield", "Sergeant")
    else:
        account = factories.work_account(town, who, f"{who}@work.example", "Somebody Working")
    other = Composer.of(town, account)
    assert other.browser.get("/posts/new").status == 404
    assert other.send().status == 404
    assert count(town, Post) == 0


def test_a_visitor_is_asked_to_sign_in_first(town: Town) -> None:
    answer = town.browser().get("/posts/new")
    assert (answer.status, answer.location) == (302, "/sign-in?next=/posts/new")


# — The form comes back —


@pytest.mark.parametrize(
    "wrong",
    [
        {"body": "   "},
        {"body": "x" * (rules.MOST_BODY + 1)},
        {"category": "gossip"},
        {"audience": "police"},
        {"street": str(uuid.uuid4())},
        {"street": "nonsense"},
        {"alt": "x" * (rules.MOST_ALT + 1)},
    ],
)
def test_a_form_that_is_wrong_comes_back_and_says_where(rosa: Composer, wrong: dict[str, str]) -> None:
    before = everything(rosa.town)
    page = rosa.send(**({"body": "Words that were typed."} | wrong))
    assert page.status == 422
    assert page.soup.select_one("[role=alert] li a[href^='#']")
    [field] = wrong
    assert page.soup.select_one(f"#{field}-error, [id^={field}][aria-invalid=true], #{field}[aria-invalid=true]")
    assert everything(rosa.town) == before


def test_a_form_that_comes_back_holds_what_was_typed(rosa: Composer) -> None:
    elm = factories.street(rosa.town, "Elm Street", (40.01, -85.0))
    typed = {"audience": "everyone", "street": str(elm.id), "alt": "A gate", "from_camera": "y"}
    page = rosa.send("Words that\nwere typed.", category="nonsense", **typed)
    assert page.status == 422
    form = page.soup
    assert form.find("textarea", {"name": "body"}).get_text().strip() == "Words that\nwere typed."
    assert form.select_one("input[name=audience][checked]")["value"] == "everyone"
    assert form.select_one("select[name=street] option[selected]")["value"] == str(elm.id)
    assert form.select_one("input[name=alt]")["value"] == "A gate"
    assert form.select_one("input[name=from_camera]").has_attr("checked")


def test_a_form_sent_by_script_comes_back_as_a_page_that_script_can_take_a_part_of(rosa: Composer) -> None:
    page = rosa.send("", htmx=True)
    assert page.status == 422 and page.soup.select_one("#composer-feedback [role=alert]")
    answer = rosa.send("Words.", htmx=True)
    assert answer.status == 200
    assert answer.response.headers["HX-Redirect"].startswith("/posts/")


def test_a_form_without_its_token_is_refused(rosa: Composer) -> None:
    form = {"category": "safety", "body": "Words.", "audience": "neighbours"}
    assert rosa.browser.client.post("/posts/new", data=form).status_code == 400
    assert count(rosa.town, Post) == 0


# — Pictures and videos —


def test_a_picture_is_made_anew_and_the_raw_upload_is_erased(rosa: Composer, ben: Composer, photo: bytes) -> None:
    post_id = rosa.posted("Look.", ("gate.jpg", photo), alt="An open gate")
    [medium] = media(rosa.town, post_id)
    assert (medium.kind, medium.original, medium.alt, medium.from_camera) == (
        "picture",
        "gate.jpg",
        "An open gate",
        False,
    )
    assert stored(rosa.town, post_id).state == "preparing"
    assert rosa.town.files() == [medium.source]
    assert "Getting your post ready" in rosa.page(post_id).words
    assert ben.page(post_id).status == 404 and shown(ben.browser.get("/feed")) == []

    rosa.town.work()
    assert stored(rosa.town, post_id).state == "visible"
    assert media(rosa.town, post_id)[0].source is None
    assert rosa.town.files() == sorted(row.name for row in renditions(rosa.town, post_id))
    picture = ben.page(post_id).soup.select_one("article img")
    assert picture["alt"] == "An open gate"
    assert (picture["width"], picture["height"]) == ("320", "240")


def test_a_photograph_comes_back_without_its_place_its_camera_and_its_owner(
    rosa: Composer, ben: Composer, photo: bytes
) -> None:
    assert SECRET.encode() in photo and Image.open(io.BytesIO(photo)).getexif().get_ifd(0x8825)
    post_id = rosa.posted("Look.", ("gate.jpg", photo))
    rosa.town.work()
    made = ben.browser.get(ben.page(post_id).soup.select_one("article img")["src"]).response
    assert made.mimetype == "image/webp"
    image = Image.open(io.BytesIO(made.data))
    assert files.corners(image) == ["red", "green", "blue", "white"], "it is still that picture"
    assert not image.getexif() and not {"exif", "xmp", "comment"} & set(image.info)
    assert_secret_is_nowhere(rosa.town)


def assert_secret_is_nowhere(town: Town) -> None:
    for name in town.files():
        content = town.here.store.path(name).read_bytes()
        assert SECRET.encode() not in content and b"Exif" not in content and b"Lavf" not in content, name


def test_a_png_loses_its_text(rosa: Composer, tmp_path: Path) -> None:
    path = files.png_with_text(tmp_path / "gate.png", files.quarters(64, 48))
    rosa.posted("Look.", ("gate.png", path.read_bytes()))
    rosa.town.work()
    assert rosa.town.files()
    assert_secret_is_nowhere(rosa.town)


def test_a_video_is_made_anew_in_silence_and_with_a_poster(rosa: Composer, ben: Composer, film: bytes) -> None:
    assert SECRET.encode() in film
    post_id = rosa.posted("Look.", ("porch.mp4", film))
    rosa.town.work()
    page = ben.page(post_id)
    video = page.soup.select_one("article video")
    made = ben.browser.get(video.select_one("source")["src"] if video.select_one("source") else video["src"]).response
    assert made.mimetype == "video/mp4"
    with av.open(io.BytesIO(made.data)) as opened:
        assert len(opened.streams.video) == 1 and not opened.streams.audio
        assert next(opened.decode(video=0)).width == 96
    assert ben.browser.get(video["poster"]).response.mimetype == "image/webp"
    assert_secret_is_nowhere(rosa.town)


def test_a_part_of_a_video_can_be_fetched_so_that_it_can_be_wound(rosa: Composer, film: bytes) -> None:
    post_id = rosa.posted("Look.", ("porch.mp4", film))
    rosa.town.work()
    [video] = [row for row in renditions(rosa.town, post_id) if row.kind == "video"]
    answer = rosa.browser.client.get(f"/media/{video.id}", headers={"Range": "bytes=0-99"})
    assert (answer.status_code, len(answer.data)) == (206, 100)
    assert "private" in answer.headers["Cache-Control"]


def test_several_files_keep_their_order(rosa: Composer, photo: bytes, film: bytes) -> None:
    post_id = rosa.posted("Look.", ("1.jpg", photo), ("2.mp4", film), ("3.jpg", photo))
    rosa.town.work()
    assert [(row.original, row.kind, row.state) for row in media(rosa.town, post_id)] == [
        ("1.jpg", "picture", "done"),
        ("2.mp4", "video", "done"),
        ("3.jpg", "picture", "done"),
    ]
    assert len(rosa.page(post_id).soup.select("article video, article img")) == 3


def test_a_name_of_any_kind_is_only_a_name(rosa: Composer, photo: bytes) -> None:
    post_id = rosa.posted("Look.", ("../../<b>gate</b>.exe", photo))
    [medium] = media(rosa.town, post_id)
    assert medium.source.startswith("uploads/2026/05/14/") and ".." not in medium.source
    assert not rosa.page(post_id).soup.select("#progress b")


def test_the_authors_page_says_how_far_it_is_and_goes_on_by_itself(rosa: Composer, ben: Composer, photo: bytes) -> None:
    post_id = rosa.posted("Look.", ("gate.jpg", photo))
    address = rosa.page(post_id).soup.select_one("#progress")["hx-get"]
    waiting = rosa.browser.get(address, htmx=True)
    assert waiting.status == 200 and "gate.jpg" in waiting.words and "0 %" in waiting.words
    assert ben.browser.get(address, htmx=True).status == 404
    assert "One of your posts is being prepared." in rosa.browser.get("/feed").words
    assert "being prepared" not in ben.browser.get("/feed").words
    rosa.town.work()
    assert rosa.browser.get(address, htmx=True).response.headers["HX-Redirect"] == f"/posts/{post_id}"


# — Footage is for neighbours —


@pytest.mark.parametrize("kind", ["video", "picture of a camera"])
def test_footage_for_everyone_is_refused_and_nothing_of_it_stays(
    rosa: Composer, photo: bytes, film: bytes, kind: str
) -> None:
    before = everything(rosa.town)
    if kind == "video":
        page = rosa.send("Look.", ("porch.mp4", film), audience="everyone")
    else:
        page = rosa.send("Look.", ("gate.jpg", photo), audience="everyone", from_camera="y")
    assert page.status == 422 and "are for neighbours only" in page.words
    assert everything(rosa.town) == before and rosa.town.files() == []


def test_a_picture_of_ones_own_may_be_for_everyone(rosa: Composer, photo: bytes) -> None:
    post_id = rosa.posted("Look.", ("gate.jpg", photo), audience="everyone")
    rosa.town.work()
    visitor = rosa.town.browser()
    assert visitor.get(f"/posts/{post_id}").status == 200
    assert visitor.get(f"/media/{renditions(rosa.town, post_id)[0].id}").status == 200


def test_a_video_among_pictures_makes_the_whole_post_footage(rosa: Composer, photo: bytes, film: bytes) -> None:
    page = rosa.send("Look.", ("1.jpg", photo), ("2.mp4", film), audience="everyone")
    assert page.status == 422 and rosa.town.files() == []


# — A clip of one's own —


@pytest.fixture
def porch(town: Town) -> Porch:
    return Porch.built(town)


def test_a_clip_of_ones_own_doorbell_is_shared_as_footage_with_neighbours(
    porch: Porch, ben: Composer, film: bytes
) -> None:
    town, rosa = porch.town, Composer.of(porch.town, porch.rosa)
    event_id = delivered_clip(town, porch.owner, porch.token)
    sealed = town.files()
    form = rosa.browser.get(f"/posts/new?event={event_id}")
    assert form.status == 200
    assert form.soup.select_one("[data-share-clip]")["data-share-clip"] == f"/events/{event_id}/clip"
    post_id = rosa.posted("Who is this?", clip=film, event=str(event_id))
    [medium] = media(town, post_id)
    assert (medium.kind, medium.from_camera) == ("video", True)
    assert stored(town, post_id).audience == "neighbours"
    town.work()
    assert ben.page(post_id).status == 200
    assert town.browser().get(f"/posts/{post_id}").status == 404
    assert sealed[0] in town.files(), "the sealed clip itself stays where it is, sealed"


@pytest.mark.parametrize("what", ["film", "still"])
def test_a_clip_of_a_doorbell_is_never_for_everyone_not_even_a_still_of_it(
    porch: Porch, film: bytes, photo: bytes, what: str
) -> None:
    rosa = Composer.of(porch.town, porch.rosa)
    event_id = delivered_clip(porch.town, porch.owner, porch.token)
    before, before_files = everything(porch.town), porch.town.files()
    page = rosa.send("Look.", clip=film if what == "film" else photo, event=str(event_id), audience="everyone")
    assert page.status == 422 and "are for neighbours only" in page.words
    assert everything(porch.town) == before and porch.town.files() == before_files


def test_a_clip_that_was_not_opened_in_the_browser_is_asked_for(porch: Porch) -> None:
    rosa = Composer.of(porch.town, porch.rosa)
    event_id = delivered_clip(porch.town, porch.owner, porch.token)
    page = rosa.send("Look.", event=str(event_id))
    assert page.status == 422 and "Your clip was not opened." in page.words
    assert count(porch.town, Post) == 0


def test_a_sealed_clip_itself_cannot_be_posted(porch: Porch, film: bytes) -> None:
    rosa = Composer.of(porch.town, porch.rosa)
    event_id = delivered_clip(porch.town, porch.owner, porch.token)
    before = porch.town.files()
    page = rosa.send("Look.", clip=factories.seal(film, porch.owner.recipient), event=str(event_id))
    assert page.status == 422 and porch.town.files() == before


def test_nobody_shares_anothers_clip(porch: Porch, ben: Composer, film: bytes) -> None:
    event_id = delivered_clip(porch.town, porch.owner, porch.token)
    before, before_files = everything(porch.town), porch.town.files()
    for wrong in (str(event_id), str(uuid.uuid4()), "nonsense"):
        there = ben.browser.get(f"/posts/new?event={wrong}")
        assert there.status == 404
        assert ben.send("Look.", clip=film, event=wrong).status == 404
    assert everything(porch.town) == before and porch.town.files() == before_files


def test_an_event_without_a_clip_cannot_be_shared(porch: Porch, film: bytes) -> None:
    rosa, sent = Composer.of(porch.town, porch.rosa), factories.event(porch.town.clock.now(), clip=b"x" * 400)
    porch.send(sent)
    assert rosa.browser.get(f"/posts/new?event={porch.page_id(sent)}").status == 404
    assert rosa.send("Look.", clip=film, event=porch.page_id(sent)).status == 404


def test_a_household_member_may_share_what_the_households_doorbell_saw(porch: Porch, film: bytes) -> None:
    event_id = delivered_clip(porch.town, porch.owner, porch.token)
    paul = factories.resident(porch.town, "Paul", household_id=porch.rosa.household_id)
    Owner(porch.town, paul)
    composer = Composer.of(porch.town, paul)
    assert media(porch.town, composer.posted("Look.", clip=film, event=str(event_id)))[0].from_camera


# — Files that cannot be shown —


SCRIPTED = b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"
BAD: dict[str, Callable[[bytes, bytes], tuple[str, bytes]]] = {
    "text called a video": lambda film, photo: ("film.mp4", b"This is no film at all. " * 40),
    "a program": lambda film, photo: ("gate.jpg", b"\x7fELF" + b"\0" * 400),
    "a page": lambda film, photo: ("gate.jpg", b"<html><script>alert(1)</script></html>"),
    "a drawing with script": lambda film, photo: ("gate.svg", SCRIPTED),
    "a bomb": lambda film, photo: ("gate.png", files.png_bomb(50_000, 50_000)),
    "a cut video": lambda film, photo: ("film.mp4", film[: len(film) // 2]),
    "a cut picture": lambda film, photo: ("gate.jpg", photo[: len(photo) // 3]),
    "nothing": lambda film, photo: ("gate.jpg", b""),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_file_that_cannot_be_shown_is_refused_on_the_form_and_leaves_nothing(
    rosa: Composer, film: bytes, photo: bytes, kind: str
) -> None:
    before = everything(rosa.town)
    name, content = BAD[kind](film, photo)
    page = rosa.send("Look.", (name, content))
    assert page.status == 422
    said = page.soup.select_one("[role=alert]").get_text(" ")
    with rosa.town.app.test_request_context():
        reasons = [str(words) for words in uploads.WORDS.values()]
    assert name in said and any(reason in said for reason in reasons)
    assert page.soup.find("textarea", {"name": "body"}).get_text().strip() == "Look."
    assert everything(rosa.town) == before and rosa.town.files() == []


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_bad_file_among_good_ones_leaves_nothing_of_any(
    rosa: Composer, photo: bytes, film: bytes, place: int
) -> None:
    before, sent = everything(rosa.town), [("1.jpg", photo), ("2.mp4", film)]
    sent.insert(place, ("bad.jpg", b"no picture"))
    page = rosa.send("Look.", *sent)
    assert page.status == 422 and "bad.jpg" in page.words
    assert everything(rosa.town) == before and rosa.town.files() == []


def test_a_post_holds_at_most_six_files(rosa: Composer, photo: bytes) -> None:
    before = everything(rosa.town)
    page = rosa.send("Look.", *[(f"{n}.jpg", photo) for n in range(7)])
    assert page.status == 422 and "At most 6" in page.words
    assert everything(rosa.town) == before and rosa.town.files() == []


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, empty_database: Path, photo: bytes) -> None:
    shutil.copy(empty_database, tmp_path / "porchlight.sqlite")
    town = Town(tmp_path, upload_max_bytes=2**20)
    rosa = Composer.of(town, factories.resident(town, "Rosa"))
    page = rosa.send("Look.", ("gate.jpg", photo + b"\0" * 2**20))
    assert page.status in (413, 422) and count(town, Post) == 0 and town.files() == []
    town.here.database.engine.dispose()


# — Files that only the job refuses —


@pytest.fixture
def half_refused(rosa: Composer, photo: bytes) -> uuid.UUID:
    """A post of a good picture and of one that passed the first look and not the second."""
    town = rosa.town
    uploads = [factories.upload(town, photo), factories.upload(town, b"\xff\xd8\xff" + b"x" * 900)]
    post = factories.post(town, rosa.account, "Look at these.", uploads=uploads)
    town.work()
    return post.id


def test_when_a_file_is_refused_later_the_author_is_told_and_decides(
    rosa: Composer, ben: Composer, half_refused: uuid.UUID
) -> None:
    assert stored(rosa.town, half_refused).state == "attention"
    page = rosa.page(half_refused)
    assert "A file could not be used: from-a-phone" in page.words
    assert page.soup.select_one(f'form[action="/posts/{half_refused}/publish"]')
    assert page.soup.select_one(f'form[action="/posts/{half_refused}/delete"]')
    assert "One of your posts waits for you" in rosa.browser.get("/feed").words
    assert ben.page(half_refused).status == 404
    assert [name.partition("/")[0] for name in rosa.town.files()] == ["media"], "the raw uploads are erased"


def test_the_author_publishes_the_rest(rosa: Composer, ben: Composer, half_refused: uuid.UUID) -> None:
    answer = rosa.browser.post(f"/posts/{half_refused}/publish")
    assert (answer.status, answer.location) == (303, f"/posts/{half_refused}")
    page = ben.page(half_refused)
    assert page.status == 200 and len(page.soup.select("article img")) == 1
    assert rosa.browser.post(f"/posts/{half_refused}/publish").status == 404, "once"


def test_the_author_deletes_it_instead(rosa: Composer, half_refused: uuid.UUID) -> None:
    assert rosa.browser.post(f"/posts/{half_refused}/delete").status == 303
    assert rosa.page(half_refused).status == 404
    assert rosa.browser.post(f"/posts/{half_refused}/put-back").status == 303
    assert stored(rosa.town, half_refused).state == "attention", "put back, it still waits for a decision"


def test_a_job_that_cannot_be_done_is_given_up_after_a_few_tries_and_the_author_is_told(
    rosa: Composer, photo: bytes
) -> None:
    post_id = rosa.posted("Look.", ("gate.jpg", photo))
    rosa.town.here.store.erase(media(rosa.town, post_id)[0].source)  # a disk that lost it
    for _try in range(6):
        rosa.town.work()
        rosa.town.later(hours=1)
    assert stored(rosa.town, post_id).state == "attention"
    assert "We could not prepare this file." in rosa.page(post_id).words


def test_a_worker_that_dies_half_way_leaves_the_job_for_the_next(rosa: Composer, photo: bytes) -> None:
    post_id = rosa.posted("Look.", ("gate.jpg", photo))
    with rosa.town.acting() as act:
        row = act.session.query(Media).where(Media.post_id == post_id).one()
        row.state, row.attempts = "working", 1
        row.lease_until = act.now.replace(minute=1)  # held by somebody who is not heard of again
    rosa.town.work()
    assert stored(rosa.town, post_id).state == "preparing"
    rosa.town.later(minutes=2)
    rosa.town.work()
    assert stored(rosa.town, post_id).state == "visible"


# — Deleting —


def test_a_deleted_post_can_be_put_back_for_a_day(rosa: Composer, ben: Composer, photo: bytes) -> None:
    post_id = rosa.posted("Look.", ("gate.jpg", photo))
    rosa.town.work()
    number = stored(rosa.town, post_id).published_seq
    answer = rosa.browser.post(f"/posts/{post_id}/delete")
    assert (answer.status, answer.location) == (303, "/feed")
    feed = rosa.browser.get("/feed")
    assert "Your post is deleted." in feed.words
    assert feed.soup.select_one(f'form[action="/posts/{post_id}/put-back"]'), "with the way back beside it"
    assert ben.page(post_id).status == 404 and rosa.page(post_id).status == 404
    rosa.town.later(hours=23, minutes=59)
    rosa.town.chores()
    assert rosa.browser.post(f"/posts/{post_id}/put-back").location == f"/posts/{post_id}"
    page = ben.page(post_id)
    assert page.status == 200
    assert ben.browser.get(page.soup.select_one("article img")["src"]).status == 200
    assert stored(rosa.town, post_id).published_seq == number, "it stands where it stood"


def test_after_a_day_a_deleted_posts_files_are_erased_and_it_cannot_be_put_back(
    rosa: Composer, photo: bytes, film: bytes
) -> None:
    kept = rosa.posted("Look.", ("gate.jpg", photo))
    gone = rosa.posted("Look here.", ("porch.mp4", film), ("gate.jpg", photo))
    rosa.town.work()
    rosa.browser.post(f"/posts/{gone}/delete")
    rosa.town.later(hours=24, seconds=1)
    rosa.town.chores()
    assert rosa.town.files() == sorted(row.name for row in renditions(rosa.town, kept))
    assert media(rosa.town, gone) == [] and renditions(rosa.town, gone) == []
    assert rosa.browser.post(f"/posts/{gone}/put-back").status == 404


def test_a_post_that_is_deleted_while_it_is_prepared_never_appears(rosa: Composer, ben: Composer, photo: bytes) -> None:
    post_id = rosa.posted("Look.", ("gate.jpg", photo))
    rosa.browser.post(f"/posts/{post_id}/delete")
    rosa.town.work()
    assert stored(rosa.town, post_id).state == "deleted" and stored(rosa.town, post_id).published_seq is None
    assert ben.page(post_id).status == 404
    rosa.browser.post(f"/posts/{post_id}/put-back")
    assert stored(rosa.town, post_id).state == "visible", "put back, it is ready"
    rosa.browser.post(f"/posts/{post_id}/delete")
    rosa.town.later(hours=25)
    rosa.town.chores()
    assert rosa.town.files() == [] and count(rosa.town, Rendition) == 0


def test_a_removed_posts_files_are_erased_when_nothing_can_bring_it_back(rosa: Composer, photo: bytes) -> None:
    post_id = rosa.posted("Look.", ("gate.jpg", photo))
    rosa.town.work()
    with rosa.town.acting() as act:
        service.remove_post(act, act.session.get_one(Post, post_id), "R5")
    assert rosa.browser.post(f"/posts/{post_id}/delete").status == 404, "the decision stays visible to its author"
    assert rosa.browser.post(f"/posts/{post_id}/put-back").status == 404, "and she cannot undo it"
    rosa.town.later(days=rules.REMOVED_DAYS, hours=1)
    rosa.town.chores()
    assert rosa.town.files() == []
    assert "R5" in rosa.page(post_id).words


# — Who will see this —


@pytest.mark.parametrize(
    ("audience", "words"),
    [
        ("neighbours", "The people of 2 homes within 5 miles can read it. No agency can."),
        ("everyone", "Everyone can read it: visitors, and police, fire and town hall too."),
    ],
)
def test_before_it_is_sent_the_author_sees_who_will_see_it(
    rosa: Composer, ben: Composer, audience: str, words: str
) -> None:
    factories.resident(rosa.town, "Faye", "Far Lane", factories.FAR)
    street = factories.street(rosa.town).id
    fragment = rosa.browser.get(f"/posts/reach?street={street}&audience={audience}", htmx=True)
    assert fragment.status == 200 and words in fragment.words
    if audience == "neighbours":
        assert words in rosa.browser.get("/posts/new").words, "and without script too"


@pytest.mark.parametrize("query", ["", "street=nonsense", f"street={uuid.UUID(int=7)}", "street=&audience=neighbours"])
def test_a_street_that_is_not_there_is_read_by_nobody(rosa: Composer, query: str) -> None:
    assert "The people of 0 homes" in rosa.browser.get(f"/posts/reach?{query}", htmx=True).words


# — The ledger —


def test_posting_stands_in_the_ledger_without_its_words(rosa: Composer, photo: bytes) -> None:
    rosa.posted("Words that are for neighbours.", ("gate.jpg", photo), alt="An open gate")
    rosa.town.work()
    entries = "\n".join(everything(rosa.town)["ledger"])
    assert "post.written" in entries and "post.published" in entries
    assert "Words that are" not in entries and "open gate" not in entries
    assert "post.written" not in rosa.town.browser().get("/ledger").words
