"""What the demo's residents answer to its agencies, by the services: comments, followers, guests, useful tips."""

import json
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.accounts.models import Account
from portal.agencies.models import Agency
from portal.bulletins.models import AgencyPost
from portal.responses import service as responses

if TYPE_CHECKING:
    from portal.demotown.seed import Past

FILE = Path(__file__).with_name("responses.json")


def add(past: "Past", residents: Sequence[Account], members: dict[str, Account]) -> None:
    """Residents answer to what agencies have published already. `members`: an agency's slug -> who speaks for it."""
    rng, said = random.Random("answers"), json.loads(FILE.read_text(encoding="utf-8"))
    with past.act(None, timedelta(0)) as act:
        query = select(AgencyPost, Agency.slug, Agency.id).join(Agency, Agency.id == AgencyPost.agency_id)
        posts = [tuple(row) for row in act.session.execute(query.where(AgencyPost.state == "visible"))]
    for slug, agency_id in sorted({(slug, agency_id) for _post, slug, agency_id in posts}):
        for account in rng.sample(residents, len(residents) * {"maple-fire": 3, "maple-police": 1}.get(slug, 2) // 4):
            with past.act(account, timedelta(minutes=1)) as act:
                responses.follow(act, agency_id, wanted=True)
    for post, slug, _agency_id in posts:
        answered = said.get(post.title, {})
        ago = past.now - post.published_at
        _comment(past, rng, residents, members[slug], slug, post, answered.get("said", ()), ago)
        _press(past, rng, residents, slug, post, answered)
        seen = [account.id for account in rng.sample(residents, len(residents) * rng.randint(5, 9) // 10)]
        with past.act(None, ago / 2) as act:
            responses.count_reach(act, {post.id: seen}, past.here.settings.secret_key)


def _comment(
    past: "Past",
    rng: random.Random,
    residents: Sequence[Account],
    member: Account,
    slug: str,
    post: AgencyPost,
    talks: Sequence[tuple[str, str | None]],
    ago: timedelta,
) -> None:
    """Each of the `talks`: what a resident says, and what the agency answers."""
    for number, (question, answer) in enumerate(talks, 1):
        later = ago - ago * number / (len(talks) + 2)
        with past.act(rng.choice(residents), later) as act:
            asked = responses.comment(act, slug, post.id, question, show_name=rng.random() < 0.3)
        if answer:
            with past.act(member, later - later / 4) as act:
                responses.answer(act, slug, post.id, answer, reply_to=asked.id)


def _press(
    past: "Past",
    rng: random.Random,
    residents: Sequence[Account],
    slug: str,
    post: AgencyPost,
    answered: dict[str, int],
) -> None:
    for account in rng.sample(residents, min(answered.get("useful", 0), len(residents))):
        with past.act(account, timedelta(minutes=2)) as act:
            responses.mark_useful(act, slug, post.id, useful=True)
    for account in rng.sample(residents, min(answered.get("coming", 0), len(residents))):
        with past.act(account, timedelta(minutes=2)) as act:
            responses.come(act, slug, post.id, comes=True, secret=past.here.settings.secret_key)
