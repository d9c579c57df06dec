"""Publishing for an agency. A post goes out at once or is held; nothing here can ask."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from portal.agencies import access as agency_access
from portal.agencies.models import Agency
from portal.audit.service import record
from portal.bulletins import access, queries, rules
from portal.bulletins.models import AgencyPost
from portal.db import Act, NotFound, new_id, next_number


def publish(
    act: Act,
    slug: str,
    kind: str,
    title: str,
    body: str,
    place: str = "",
    starts_at: datetime | None = None,
) -> AgencyPost:
    """Publish a tip, an update or an event, or hold it when it seems to ask for footage (R1), or says what somebody
    looks like (R5).

    Raises NotFound for an agency that the actor does not speak for, and Refusal: not-verified, time-missing.
    """
    agency = agency_access.publishing_agency(act, slug)
    spans = rules.check_post(kind, title, body, place, starts_at is not None)
    post = AgencyPost(
        id=new_id(),
        agency_id=agency.id,
        author_id=act.actor.id,
        kind=kind,
        title=title,
        body=body,
        place=place,
        starts_at=starts_at if kind == "event" else None,
        state="held",
        written_at=act.now,
    )
    act.session.add(post)
    _decide(act, agency, post, spans)
    return post


def resubmit(act: Act, slug: str, post_id: uuid.UUID, title: str, body: str, place: str) -> AgencyPost:
    """New words for a held post; read again like the first ones. Raises NotFound, Refusal: not-verified."""
    post = _own_held(act, slug, post_id)
    post.title, post.body, post.place = title, body, place
    spans = rules.check_post(post.kind, title, body, place, post.starts_at is not None)
    _decide(act, agency_access.publishing_agency(act, slug), post, spans)
    return post


def _decide(act: Act, agency: Agency, post: AgencyPost, spans: Sequence[rules.Span]) -> None:
    post.spans = [asdict(span) | {"rule": "R1"} for span in spans]
    post.spans += [asdict(span) | {"rule": "R5"} for span in rules.describes_people(post.title, post.body, post.place)]
    if post.spans:
        post.state = "held"
        record(act, "agency-post.held", post, {"agency": agency.name, "rule": post.spans[0]["rule"]})
    else:
        _make_visible(act, post)
        record(act, "agency-post.published", post, {"agency": agency.name, "title": post.title})


def _make_visible(act: Act, post: AgencyPost) -> None:
    number = next_number(act.session, "published")
    post.state, post.published_at, post.published_seq = "visible", act.now, number


def _own_held(act: Act, slug: str, post_id: uuid.UUID) -> AgencyPost:
    agency_access.own_agency(act, slug)
    found = access.post(act, slug, post_id)
    if found.post.state != "held":
        raise NotFound
    return found.post


def withdraw(act: Act, slug: str, post_id: uuid.UUID) -> None:
    """Take a post back. The row stays: an agency's words are public records."""
    agency = agency_access.own_agency(act, slug)
    post = access.post(act, slug, post_id).post
    was_public = post.state == "visible"
    post.state, post.withdrawn_at = "withdrawn", act.now if was_public else None
    # The title of a text that never was public stays unpublished.
    facts = {"agency": agency.name, "title": post.title if was_public else "…"}
    record(act, "agency-post.withdrawn", post, facts)


def release(act: Act, post_id: uuid.UUID, facts: dict[str, Any]) -> AgencyPost:
    """Moderators found that a held text keeps to the rules. It is public now, and so are its text and their `facts`:
    the reasons among them."""
    post, agency = _held(act, post_id)
    _make_visible(act, post)
    record(act, "agency-post.released", post, {"agency": agency.name, "title": post.title, "text": post.body, **facts})
    return post


def refuse(act: Act, post_id: uuid.UUID, facts: dict[str, Any]) -> AgencyPost:
    """A moderator found that a held text breaks a rule: it never goes out. The `facts` of that are public, and the
    text is not."""
    post, agency = _held(act, post_id)
    post.state = "withdrawn"
    record(act, "agency-post.refused", post, {"agency": agency.name, **facts})
    return post


def hold_again(act: Act, post_id: uuid.UUID) -> AgencyPost:
    """A text that a moderator refused waits for moderators once more: somebody appealed. Raises NotFound."""
    found = queries.post(act, post_id)
    if found is None or found.post.state != "withdrawn" or found.post.published_seq is not None:
        raise NotFound
    found.post.state = "held"
    record(act, "agency-post.held-again", found.post)
    return found.post


def _held(act: Act, post_id: uuid.UUID) -> tuple[AgencyPost, Agency]:
    found = queries.post(act, post_id)
    if found is None or found.post.state != "held":
        raise NotFound
    return found.post, found.agency
