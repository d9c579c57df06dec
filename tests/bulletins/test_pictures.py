"""A picture of an agency: the text appears at once, the picture when a moderator has looked; its codes are read."""

import io
from datetime import timedelta

import pytest
import segno
from PIL import Image, ImageOps
from sqlalchemy import select

from portal.bulletins import service
from portal.bulletins.models import AgencyPicture, AgencyPost
from portal.db import Refusal
from tests import factories
from tests.helpers import Page, Town
from tests.media import files
from tests.moderation.tools import appeal, decide
from tests.people import Cast

ASKS = "Please upload your doorbell video here"


def code(text: str, turned: int = 0, inverted: bool = False) -> Image.Image:
    out = io.BytesIO()
    segno.make(text, micro=False).save(out, kind="png", scale=6, border=4)
    image = Image.open(out).convert("RGB").rotate(turned, expand=True, fillcolor="white")
    return ImageOps.invert(image) if inverted else image


def poster(*codes: Image.Image) -> bytes:
    """A picture with these codes side by side."""
    image, out = Image.new("RGB", (1500, 700), "#ace"), io.BytesIO()
    for number, one in enumerate(codes):
        image.paste(one, (40 + number * 480, 80))
    image.save(out, "PNG")
    return out.getvalue()


def picture(town: Town, cast: Cast, data: bytes | None = None, **words: str) -> AgencyPicture:
    return factories.agency_picture(town, cast.officer, "maple-police", data or factories.jpeg(), **words)


def now(town: Town, one: AgencyPicture) -> AgencyPicture:
    with town.reading() as act:
        return act.session.get_one(AgencyPicture, one.id)


def post_path(one: AgencyPicture) -> str:
    return f"/agencies/maple-police/posts/{one.post_id}"


def file_path(one: AgencyPicture, width: int = 640) -> str:
    return f"/agencies/maple-police/pictures/{one.id}/{width}"


def send(town: Town, cast: Cast, data: bytes, name: str = "a.jpg", **fields: str) -> Page:
    typed = {"kind": "tip", "title": "With a picture", "body": "Look.", "alt-0": "A gate", "wordless-0": "1"} | fields
    return town.browser(cast.officer).post(
        "/agencies/maple-police/posts/new", typed | {"picture-0": (io.BytesIO(data), name)}
    )


def test_the_text_appears_at_once_and_the_picture_after_a_moderators_look(town: Town, cast: Cast) -> None:
    one = picture(town, cast)
    assert "With a picture" in town.browser(cast.rosa).get("/feed").words
    for who in (None, cast.rosa, cast.captain):
        assert not town.browser(who).get(post_path(one)).soup.select(".post img")
        assert town.browser(who).get(file_path(one)).status == 404
    assert "a moderator will look at it first" in town.browser(cast.officer).get(post_path(one)).words
    case = town.browser(cast.mod).get(f"/moderation/cases/agency/{one.id}")
    assert "A gate" in case.words
    assert case.soup.find("img", src=file_path(one))
    assert decide(town, cast.mod, one, "leave", why="agency").status == 303
    for page in (town.browser().get(post_path(one)), town.browser(cast.rosa).get("/feed")):
        (shown,) = page.soup.select(".post img")
        assert (shown["alt"], shown["width"], shown["height"]) == ("A gate", "640", "480")
        assert "480w" in shown["srcset"]
        got = town.browser().client.get(shown["src"])
        assert (got.status_code, got.mimetype) == (200, "image/webp")
        assert got.headers["ETag"] and got.headers["X-Content-Type-Options"] == "nosniff"
    assert "looked at a picture of Maple Police" in town.browser().get("/ledger").words


def test_nothing_of_the_upload_is_kept(town: Town, cast: Cast) -> None:
    picture(town, cast)
    assert not [name for name in town.files() if name.startswith("bulletin-uploads")]
    assert len([name for name in town.files() if name.startswith("bulletins/")]) == 2


@pytest.mark.parametrize(("turned", "inverted"), [(0, False), (90, False), (37, False), (0, True)])
def test_what_a_code_asks_holds_the_picture_until_two_people_agree(
    town: Town, cast: Cast, second, turned: int, inverted: bool
) -> None:
    one = picture(town, cast, poster(code(ASKS, turned, inverted)))
    assert now(town, one).codes == [ASKS]
    assert "R1" in {span["rule"] for span in now(town, one).spans}
    decide(town, cast.mod, one, "leave", why="agency")
    assert town.browser().get(file_path(one, 480)).status == 404, "one person is not enough"
    decide(town, second, one, "leave", why="agency")
    assert town.browser().get(file_path(one, 480)).status == 200


def test_every_code_of_a_picture_is_read_and_its_links_are_judged(town: Town, cast: Cast) -> None:
    ours, theirs = "https://police.maple.example/road", "https://drop.example.com/map"
    one = picture(town, cast, poster(code(ours), code(theirs), code("Station 1")))
    assert set(now(town, one).codes) == {ours, theirs, "Station 1"}
    assert {(span["words"], span["rule"]) for span in now(town, one).spans} == {(theirs, "link")}
    assert theirs in town.browser(cast.mod).get(f"/moderation/cases/agency/{one.id}").words


def test_a_refused_picture_is_gone_can_be_appealed_and_is_erased_in_the_end(town: Town, cast: Cast, second) -> None:
    one = picture(town, cast)
    assert decide(town, cast.mod, one, "remove", "R2", why="agency", reason="It is a doorbell's.").status == 303
    for who in (None, cast.rosa, cast.officer):
        assert town.browser(who).get(file_path(one)).status == 404
    assert "Your agency's picture: removed" in town.browser(cast.officer).get("/decisions").words
    assert town.browser().get(post_path(one)).status == 200, "the text stays"
    town.later(days=61)
    town.chores()
    assert not [name for name in town.files() if name.startswith("bulletins/")]

    other = picture(town, cast)
    decide(town, cast.mod, other, "remove", "R2", why="agency")
    appeal(town, cast.officer, other)
    decide(town, second, other, "overturned", why="appeal")
    assert town.browser().get(file_path(other)).status == 200


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"alt-0": ""}, "Say what the picture shows"),
        ({"wordless-0": ""}, "Write down the words in the picture"),
        ({"words-0": "Stop"}, "Either there are words in it"),
    ],
)
def test_a_picture_needs_its_words(town: Town, cast: Cast, fields: dict[str, str], said: str) -> None:
    page = send(town, cast, factories.jpeg(), **fields)
    assert page.status == 422
    assert said in page.soup.select_one("#found-picture-0").get_text()
    assert not [name for name in town.files() if "upload" in name]


def test_no_film_is_taken_and_the_rule_is_said(town: Town, cast: Cast) -> None:
    page = send(town, cast, b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 64, "a.mp4")
    assert page.status == 422
    assert "rule R2" in page.words
    assert send(town, cast, b"nothing that we know").status == 422
    with town.reading() as act:
        assert act.session.scalar(select(AgencyPost.id)) is None
    assert not [name for name in town.files() if "upload" in name]


def test_where_a_picture_was_taken_is_gone(town: Town, cast: Cast) -> None:
    path = io.BytesIO()
    files.quarters(700, 500).save(path, "JPEG", exif=files.exif(), comment=files.SECRET)
    picture(town, cast, path.getvalue())
    for name in town.files():
        assert files.SECRET.encode() not in town.here.store.path(name).read_bytes()


def test_a_picture_that_is_taken_out_is_gone_at_once(town: Town, cast: Cast) -> None:
    one = picture(town, cast)
    decide(town, cast.mod, one, "leave", why="agency")
    with town.acting(cast.officer) as act:
        post = act.session.get_one(AgencyPost, one.post_id)
        said = {name: getattr(post, name) for name in service.SAID}
        service.edit(act, "maple-police", post.id, said, removed=[one.id])
    assert town.browser().get(file_path(one)).status == 404
    assert not town.browser(cast.rosa).get("/feed").soup.select(".post img")


def test_five_are_too_many(town: Town, cast: Cast) -> None:
    uploads = [factories.agency_upload(town, factories.jpeg()) for _number in range(5)]
    with pytest.raises(Refusal, match="too-many-pictures"):
        factories.agency_post(town, cast.officer, "maple-police", uploads=uploads)


def test_a_picture_of_a_scheduled_post_is_seen_with_it(town: Town, cast: Cast) -> None:
    due_at = town.clock.at + timedelta(hours=1)
    upload = factories.agency_upload(town, factories.jpeg())
    post = factories.agency_post(town, cast.officer, "maple-police", due_at=due_at, uploads=[upload])
    town.work()
    with town.reading() as act:
        one = act.session.scalars(select(AgencyPicture)).one()
    decide(town, cast.mod, one, "leave", why="agency")
    assert town.browser().get(file_path(one)).status == 404
    town.later(hours=2)
    town.chores()
    assert town.browser().get(file_path(one)).status == 200
    assert town.browser().get(f"/agencies/maple-police/posts/{post.id}").soup.select(".post img")
