"""Random towns, in which people write, move, and begin and end to speak for an agency; and random walks of those who
do, over the links and forms that each page really offers."""

import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.accounts.models import Account
from portal.agencies import service as agencies
from portal.agencies.models import Agency, Membership
from portal.db import NotFound, Refusal
from portal.feed import service as feed
from portal.feed.models import Post
from portal.moderation import service as moderation
from portal.neighbourhoods import service as neighbourhoods
from tests import factories as make
from tests.helpers import Town
from tests.proof import secrets
from tests.proof.crawler import Crawler, Offer, offers, plausible
from tests.proof.test_crawl import ASKS

KINDS = {"maple-police": "police", "maple-fire": "fire", "town-of-maple": "government"}
STEPS = 30  # of one walk
OUT_OF_REACH = suppress(NotFound, Refusal)  # people may have moved, and posts may be gone


class RandomTown:
    """A small town whose people do what `chance` says."""

    def __init__(self, town: Town, chance: random.Random) -> None:
        self.town, self.chance = town, chance
        self.people = secrets.move_in(town, chance)
        self.all = list(vars(self.people).values())
        self.members: list[Account] = []
        self.secret: list[tuple[Account, Post]] = []
        self.agencies = [make.agency(town, slug, kind, f"Agency {slug}") for slug, kind in KINDS.items()]
        for _agency in self.agencies:
            self.joins(_agency)
        # One person, twice: a neighbour, and somebody who speaks for the police.
        self.all.append(secrets.neighbour(town, chance))
        self.found: list[str] = []
        self.walked = 0

    def anybody(self) -> Account:
        return self.chance.choice(self.all)

    # — What may happen —

    def writes(self) -> None:
        who = self.anybody()
        self.secret.append((who, secrets.post(self.town, who, as_neighbour=self.chance.random() < 0.3)))

    def shares(self) -> None:
        who, kind = self.anybody(), self.chance.choice(("picture", "video"))
        self.secret.append((who, secrets.with_files(self.town, who, kind, camera=self.chance.random() < 0.5)))

    def tells_everyone(self) -> None:
        secrets.post(self.town, self.people.cleo, "everyone")
        secrets.with_files(self.town, self.people.cleo, "picture", audience="everyone")

    def narrows(self) -> None:
        cleo = self.people.cleo
        wide = secrets.post(self.town, cleo, "everyone", body=f"At first for everyone: {secrets.word()}.")
        with self.town.acting(cleo) as act:
            feed.edit_post(act, wide.id, feed.Changes("good", f"Then not: {secrets.word()}.", "neighbours"))

    def answers(self) -> None:
        if self.secret:
            _author, post = self.chance.choice(self.secret)
            with OUT_OF_REACH, self.town.acting(self.people.bert) as act:
                feed.comment(act, post.id, f"I saw {secrets.word()}.")

    def reports(self) -> None:
        if self.secret:
            author, post = self.chance.choice(self.secret)
            if author is not self.people.bert:
                with OUT_OF_REACH, self.town.acting(self.people.bert) as act:
                    moderation.report_post(act, post.id, "R5", f"It says {secrets.word()}.")

    def deletes(self) -> None:
        if self.secret:
            author, post = self.secret.pop(self.chance.randrange(len(self.secret)))
            with OUT_OF_REACH, self.town.acting(author) as act:
                feed.delete_post(act, post.id)

    def hangs_a_doorbell(self) -> None:
        secrets.doorbell(self.town, self.anybody())

    def moves(self) -> None:
        who, street = self.anybody(), make.street(self.town, "Wicket Row")
        latitude, longitude = (degrees + self.chance.uniform(-0.01, 0.01) for degrees in make.MAPLE)
        with self.town.acting() as act:
            neighbourhoods.place_home(act, who.household_id, street, latitude, longitude)

    def joins(self, agency: Agency | None = None) -> None:
        of = agency or self.chance.choice(self.agencies)
        email = f"m{len(self.members)}@{of.mail_domain}"
        self.members.append(make.member(self.town, of, email, f"Member {len(self.members)}", "Officer"))

    def leaves(self) -> None:
        if len(self.members) > 3:
            with self.town.acting() as act:
                still = act.session.scalars(select(Membership).where(Membership.ended_at.is_(None))).all()
                one = self.chance.choice(still)
                agencies.end_member(act, act.session.get_one(Agency, one.agency_id), one.id)

    def time_passes(self) -> None:
        self.town.later(hours=self.chance.choice((1, 30)))
        self.town.chores()

    def walks(self) -> None:
        """Somebody who speaks, or has spoken, for an agency looks round and tries what there is."""
        eyes = secrets.Eyes(self.town)
        crawler = Crawler(self.town, self.chance.choice(self.members), eyes.look)
        starts = ["/", "/feed", "/agencies", "/feed?view=map", "/account", "/decisions", *self.guesses()]
        page = crawler.get(self.chance.choice(starts))
        for _step in range(STEPS):
            there = offers(page.get_data(as_text=True), page.request.full_path) if page.mimetype == "text/html" else []
            there = [one for one in there if one.url != "/sign-out"] or [Offer("GET", self.chance.choice(starts))]
            page = self.tries(crawler, self.chance.choice(there))
        self.found += eyes.found
        self.walked += 1

    def guesses(self) -> list[str]:
        """Addresses of secrets, as somebody might have overheard them."""
        ids = [post.id for _author, post in self.secret[-3:]]
        return [f"/posts/{one}{rest}" for one in ids for rest in ("", "/history", "/contact", "/report")]

    def tries(self, crawler: Crawler, offer: Offer) -> TestResponse:
        if not offer.fields and offer.method == "GET":
            return crawler.get(offer.url, offer.htmx)
        said = {one.name: plausible(self.town, one) for one in offer.fields if one.kind != "file"}
        texts = [one.name for one in offer.fields if one.kind in ("text", "textarea", "hidden", "search")]
        if texts and self.chance.random() < 0.5:
            said[self.chance.choice(texts)] = self.chance.choice((ASKS, "%", "' OR 1=1", "x" * 300))
        return crawler.send(offer, said)


HAPPENINGS: dict[str, Callable[[RandomTown], None]] = {
    name: getattr(RandomTown, name)
    for name in (
        "writes", "shares", "tells_everyone", "narrows", "answers", "reports", "deletes", "hangs_a_doorbell",
        "moves", "joins", "leaves", "time_passes", "walks", "walks",
    )
}  # fmt: skip


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    seed=st.integers(0, 2**32),
    before=st.lists(st.sampled_from(sorted(HAPPENINGS)), min_size=4, max_size=10),
    after=st.lists(st.sampled_from(sorted(HAPPENINGS)), min_size=2, max_size=6),
)
def test_in_no_town_does_an_agency_come_upon_anything_of_a_neighbours(
    empty_database: Path, tmp_path_factory: pytest.TempPathFactory, seed: int, before: list[str], after: list[str]
) -> None:
    data = tmp_path_factory.mktemp("random")
    shutil.copy(empty_database, data / "porchlight.sqlite")
    made = RandomTown(Town(data), random.Random(seed))
    made.writes()
    for name in (*before, "walks", *after, "walks"):
        HAPPENINGS[name](made)
    made.town.here.database.engine.dispose()
    assert made.walked >= 2
    assert made.found == []
