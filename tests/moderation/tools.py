"""Shorthands: what neighbours report, and what moderators do about it, by their pages."""

import uuid
from typing import Any

from sqlalchemy import select

from portal.accounts.models import Account
from portal.bulletins.models import AgencyPost
from portal.feed.models import Comment, Post
from portal.moderation.models import Case, Report
from tests import factories
from tests.helpers import Page, Town

BODY = "A man in a red hat at number 12."
REASON = "It says what somebody looks like."
ASKS = "Please check your doorbell and send us the footage."


def with_picture(town: Town, author: Account, body: str = BODY, **fields: Any) -> Post:
    post = factories.post(town, author, body=body, uploads=[factories.upload(town, factories.jpeg())], **fields)
    town.work()
    return post


def report(town: Town, by: Account, what: Post | Comment, rule: str = "R5", reason: str = REASON) -> Page:
    kind = "posts" if isinstance(what, Post) else "comments"
    return town.browser(by).post(f"/{kind}/{what.id}/report", {"rule": rule, "reason": reason})


def reports(town: Town) -> list[Report]:
    with town.reading() as act:
        return list(act.session.scalars(select(Report).order_by(Report.reported_at, Report.id)))


def path(what: Post | Comment | AgencyPost | uuid.UUID, why: str = "reported") -> str:
    return f"/moderation/cases/{why}/{what if isinstance(what, uuid.UUID) else what.id}"


def claim(town: Town, by: Account, what: Any, why: str = "reported") -> Page:
    return town.browser(by).post(f"{path(what, why)}/claim")


def decide(
    town: Town,
    by: Account,
    what: Any,
    outcome: str,
    rule: str = "",
    why: str = "reported",
    reason: str = "A reason for everybody.",
    days: int = 0,
) -> Page:
    """Claim, read, decide: as the pages do it. The answer to the last of these."""
    claim(town, by, what, why)
    browser = town.browser(by)
    page = browser.get(path(what, why))
    field = page.soup.find("input", {"name": "words"}) if page.status == 200 else None
    data = {"outcome": outcome, "rule": rule, "reason": reason, "days": str(days)}
    return browser.post(f"{path(what, why)}/decide", data | {"words": field["value"] if field else ""})


def cases(town: Town) -> list[Case]:
    with town.reading() as act:
        return list(act.session.scalars(select(Case).order_by(Case.opened_at, Case.id)))


def decision_id(town: Town, by: Account, what: Any) -> uuid.UUID:
    """The newest decision about it, as its author's page names it."""
    with town.reading(by) as act:
        from portal.moderation import queries

        subject_id = what if isinstance(what, uuid.UUID) else what.id
        found = queries.last_about(act, subject_id)
        assert found is not None
        return found.case.id


def appeal(town: Town, by: Account, what: Any, text: str = "I said what was done.") -> Page:
    return town.browser(by).post(f"/decisions/{decision_id(town, by, what)}/appeal", {"text": text})


def state_of(town: Town, what: Any) -> str:
    with town.reading() as act:
        return act.session.get_one(type(what), what.id).state


def pictures(page: Page) -> list[str]:
    return [tag["src"] for tag in page.soup.select("article img")]


def comment_count(town: Town, post: Post) -> int:
    with town.reading() as act:
        return act.session.get_one(Post, post.id).comment_count


def hold(town: Town, author: Account, body: str = BODY, **fields: Any) -> Post:
    """A post whose words wait for a moderator before anybody sees them."""
    post = factories.post(town, author, body=body, **fields)
    with town.acting() as act:
        row = act.session.get_one(Post, post.id)
        row.state, row.published_at, row.published_seq = "held", None, None
        row.findings = [
            {"rule": "R5", "field": "body", "start": 0, "end": 7, "words": "red hat", "reason": "accusation"}
        ]
    return post


def crowd(town: Town, count: int) -> list[Account]:
    """Neighbours, each of a household of their own."""
    names = ("Nora", "Omar", "Pia", "Quinn", "Rui", "Sal")
    return [factories.resident(town, name) for name in names[:count]]
