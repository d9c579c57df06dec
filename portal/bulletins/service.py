"""Publishing for an agency. A post goes out at once, at its time, or is held; nothing here can ask."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from portal.agencies import access as agency_access
from portal.agencies.models import Agency
from portal.audit.service import record
from portal.bulletins import access, queries, rules
from portal.bulletins.models import AgencyPicture, AgencyPost, AgencyPostEdit, AgencyPostRevision
from portal.bulletins.queries import Published
from portal.bulletins.rules import Text
from portal.db import Act, NotFound, Refusal, new_id, next_number

SAID = ("title", "body", "place", "starts_at", "ends_at", "source", "fades_at")  # what an edit can change
URGENT = ("category", "urgency", "severity", "certainty")


@dataclass(frozen=True)
class Upload:
    """A raw picture that is in the store already. `alt`: what it shows; `words`: what is written in it, "" for none."""

    name: str
    original: str
    alt: str
    words: str = ""


def publish(
    act: Act,
    slug: str,
    kind: str,
    title: str,
    body: str,
    place: str = "",
    starts_at: datetime | None = None,
    due_at: datetime | None = None,
    uploads: Sequence[Upload] = (),
    sites: Iterable[str] = (),
    **more: Any,
) -> AgencyPost:
    """Publish a tip, an update or an event, at once or at `due_at`; or hold it when it seems to ask for footage (R1),
    says what somebody looks like (R5), or leads to another site than the town's own `sites` and its agencies'.

    `more`: further fields of `rules.Text`. Its pictures appear once a moderator has looked at them.
    Raises NotFound for an agency that the actor does not speak for, and Refusal: not-verified, time-missing,
    ends-before, fades-before, urgent-in-part, due-past, too-many-pictures.
    """
    agency = agency_access.publishing_agency(act, slug)
    text = Text(kind, title, body, place, starts_at, **more)
    if due_at is not None and due_at <= act.now:
        raise Refusal("due-past", "due_at")
    text = rules.tidied(text, due_at or act.now)
    post = _blank(act, agency, text)
    post.due_at = due_at
    act.session.add(post)
    act.session.flush()
    allowed = _sites(act, sites)
    _add_pictures(act, post, uploads, allowed)
    _decide(act, agency, post, allowed)
    return post


def drafted(act: Act, slug: str, text: Text, due_at: datetime | None = None) -> Published:
    """A post as it would be published now; nothing of it is kept. Raises as `publish` does."""
    agency = agency_access.publishing_agency(act, slug)
    post = _blank(act, agency, rules.tidied(text, due_at or act.now))
    post.pictures, post.revision = [], 0
    return Published(post, agency, act.actor.name, queries.title_of(act, act.actor.id, agency.id))


def read(act: Act, text: Text, pictures: Sequence[tuple[str, str]], sites: Iterable[str]) -> list[dict[str, Any]]:
    """What would hold this text: all its strings, and (what it shows, what is written in it) of each picture."""
    fields = dict(text.words)
    for number, (alt, words) in enumerate(pictures):
        fields |= rules.picture_words(number, alt, words)
    return rules.findings(fields, _sites(act, sites), text.template)


def _sites(act: Act, sites: Iterable[str]) -> frozenset[str]:
    """Where links may lead: the town's own sites, and those of its agencies."""
    return frozenset(sites) | queries.agencies_sites(act)


def _blank(act: Act, agency: Agency, text: Text) -> AgencyPost:
    post = AgencyPost(
        id=new_id(),
        agency_id=agency.id,
        author_id=act.actor.id,
        kind=text.kind,
        template=text.template,
        state="held",
        written_at=act.now,
    )
    _say(post, text)
    return post


def _say(post: AgencyPost, text: Text) -> None:
    for name in (*SAID, "lat", "lon"):
        setattr(post, name, getattr(text, name))
    for name, value in zip(URGENT, text.urgent or (None,) * 4, strict=True):
        setattr(post, name, value)


def text_of(post: AgencyPost) -> Text:
    urgent = (post.category, post.urgency, post.severity, post.certainty) if post.urgency else None
    said = {name: getattr(post, name) for name in (*SAID, "lat", "lon")}
    return Text(kind=post.kind, template=post.template, urgent=urgent, **said)  # type: ignore[arg-type]


def _decide(act: Act, agency: Agency, post: AgencyPost, sites: Collection[str]) -> None:
    """Read all of it, and hold it, keep it for its time, or let it out."""
    pictures = queries.pictures(act, post.id)
    text = text_of(post)
    post.spans = read(act, text, [(one.alt, one.words) for one in pictures], sites)
    post.stopped = None
    if post.spans:
        _hold(act, agency, post)
    elif post.due_at is not None and post.due_at > act.now:
        post.state = "scheduled"
        record(act, "agency-post.scheduled", post, {"agency": agency.name})
    else:
        _go_out(act, agency, post)


def _hold(act: Act, agency: Agency, post: AgencyPost) -> None:
    post.state = "held"
    record(act, "agency-post.held", post, {"agency": agency.name, "rule": _cited(post.spans)})


def _cited(spans: Sequence[Mapping[str, Any]]) -> str:
    """The rule to name: a link out of town breaks none by itself."""
    return next((span["rule"] for span in spans if span["rule"] != "link"), "")


def _go_out(act: Act, agency: Agency, post: AgencyPost) -> bool:
    """Make it visible, if its author still speaks for an agency that may publish; else it waits for its agency."""
    stop = _why_not(act, agency, post)
    if stop is not None:
        post.state, post.stopped, post.due_at = "scheduled", stop, post.due_at or act.now
        record(act, "agency-post.stopped", post, {"agency": agency.name})
        return False
    _make_visible(act, post)
    record(act, "agency-post.published", post, {"agency": agency.name, "title": post.title})
    return True


def _why_not(act: Act, agency: Agency, post: AgencyPost) -> str | None:
    """One of STOPS, or None when it can go out."""
    if not agency_access.is_current(agency, act.now):
        return "agency-closed"
    return "author-left" if queries.title_of(act, post.author_id, post.agency_id) is None else None


def _make_visible(act: Act, post: AgencyPost) -> None:
    number = next_number(act.session, "published")
    post.state, post.published_at, post.published_seq = "visible", act.now, number
    post.stopped, post.in_feed = None, not _is_over(post, act.now)
    _show_pictures(act, post)


def _is_over(post: AgencyPost, now: datetime) -> bool:
    if post.kind == "event" and post.starts_at is not None:
        return (post.ends_at or post.starts_at + rules.LASTS) <= now
    return post.fades_at is not None and post.fades_at <= now


# — Changing it —


def edit(
    act: Act,
    slug: str,
    post_id: uuid.UUID,
    said: Mapping[str, Any],
    due_at: datetime | None = None,
    uploads: Sequence[Upload] = (),
    removed: Collection[uuid.UUID] = (),
    sites: Iterable[str] = (),
    urgent: tuple[str, str, str, str] | None = None,
) -> AgencyPostEdit | None:
    """Change a post of one's own agency. `said`: all of SAID; `removed`: pictures that go.

    What is public keeps its number and place, and what it said before stays readable for everybody. New words that have
    to be held wait for a moderator, who is told by what this returns; until then everybody reads the old ones. What is
    not public yet (held, or scheduled for `due_at`) is read again like something new, its `urgent` too.
    Raises NotFound, and Refusal as `publish` does.
    """
    agency = agency_access.publishing_agency(act, slug)
    post = access.post(act, slug, post_id).post
    public = post.state == "visible"
    if not public and due_at is not None and due_at <= act.now and due_at != post.due_at:
        raise Refusal("due-past", "due_at")
    before = text_of(post)
    text = Text(
        kind=post.kind, template=post.template, urgent=before.urgent if public else urgent, lat=post.lat, lon=post.lon,
        **{name: said[name] for name in SAID},
    )  # fmt: skip
    goes_out = post.published_at if public and post.published_at else due_at or act.now
    text = rules.tidied(text, goes_out)
    allowed = _sites(act, sites)
    _take_out(act, agency, post, removed)
    if not public:
        _say(post, text)
        post.state, post.due_at = "held", due_at  # until it is read below
        if queries.title_of(act, post.author_id, agency.id) is None:
            post.author_id, post.written_at = act.actor.id, act.now  # who answers for it has to speak for the agency
        _add_pictures(act, post, uploads, allowed)
        _decide(act, agency, post, allowed)
        return None
    _add_pictures(act, post, uploads, allowed)
    if text == before:
        return None
    return _edit_public(act, agency, post, text, allowed)


def _edit_public(
    act: Act, agency: Agency, post: AgencyPost, text: Text, sites: Collection[str]
) -> AgencyPostEdit | None:
    shown = [(one.alt, one.words) for one in queries.pictures(act, post.id) if one.decision == "approved"]
    found = read(act, text, shown, sites)
    _end_edit(act, post, "withdrawn")
    if not rules.not_cleared(found, post.spans):
        post.spans = found
        _take_over(act, agency, post, text)
        return None
    said = {name: getattr(text, name) for name in SAID}
    made = AgencyPostEdit(
        id=new_id(), post_id=post.id, editor_id=act.actor.id, state="held", spans=found, written_at=act.now, **said
    )
    act.session.add(made)
    act.session.flush()
    facts = {"agency": agency.name, "title": post.title, "rule": _cited(found)}
    record(act, "agency-post.edit-held", post, facts)
    return made


def _take_over(act: Act, agency: Agency, post: AgencyPost, text: Text, editor_id: uuid.UUID | None = None) -> None:
    """The post says this from now on; what it said before stays readable."""
    kept = {name: getattr(post, name) for name in SAID}
    act.session.add(
        AgencyPostRevision(
            post_id=post.id,
            editor_id=editor_id or act.actor.id,
            revision=post.revision,
            replaced_at=act.now,
            **kept,
        )
    )
    _say(post, text)
    post.revision, post.edited_at = post.revision + 1, act.now
    post.in_feed = not _is_over(post, act.now)
    facts = {"agency": agency.name, "title": post.title, "revision": post.revision}
    record(act, "agency-post.edited", post, facts)


def _end_edit(act: Act, post: AgencyPost, state: str) -> bool:
    waiting = queries.held_edit(act, post.id)
    if waiting is not None:
        waiting.state = state
        act.session.flush()
    return waiting is not None


def withdraw_edit(act: Act, slug: str, post_id: uuid.UUID) -> None:
    """Take back new words that wait for a moderator. Raises NotFound."""
    agency = agency_access.own_agency(act, slug)
    post = access.post(act, slug, post_id).post
    if not _end_edit(act, post, "withdrawn"):
        raise NotFound
    record(act, "agency-post.edit-withdrawn", post, {"agency": agency.name, "title": post.title})


def publish_now(act: Act, slug: str, post_id: uuid.UUID, sites: Iterable[str] = ()) -> AgencyPost:
    """Let a scheduled post out before its time, or one that was stopped: under the name of who does it, if its author
    speaks for the agency no more. It is read again."""
    agency = agency_access.publishing_agency(act, slug)
    post = access.post(act, slug, post_id).post
    if post.state != "scheduled":
        raise NotFound
    if queries.title_of(act, post.author_id, agency.id) is None:
        post.author_id, post.written_at = act.actor.id, act.now
    _out_if_clean(act, agency, post, _sites(act, sites))
    return post


def publish_due(act: Act, post_id: uuid.UUID, sites: Iterable[str] = ()) -> AgencyPost | None:
    """Let a scheduled post out whose time has come: read again, for the lists of words may have changed. One
    conditional UPDATE: of two workers who try, one does it. None when another did, or it is not due."""
    taken = act.session.execute(
        update(AgencyPost)
        .where(
            AgencyPost.id == post_id,
            AgencyPost.state == "scheduled",
            AgencyPost.due_at <= act.now,
            AgencyPost.stopped.is_(None),
        )
        .values(state="held")
    )
    found = queries.post(act, post_id) if taken.rowcount == 1 else None
    if found is None:
        return None
    _out_if_clean(act, found.agency, found.post, _sites(act, sites))
    return found.post


def _out_if_clean(act: Act, agency: Agency, post: AgencyPost, sites: Collection[str]) -> None:
    pictures = queries.pictures(act, post.id)
    _read_pictures(post, pictures, sites)
    found = read(act, text_of(post), [(one.alt, one.words) for one in pictures], sites)
    if rules.is_cleared(found, post.spans):
        _go_out(act, agency, post)
    else:
        post.spans, post.due_at = found, None
        _hold(act, agency, post)


def fade(act: Act) -> int:
    """Updates that have faded and events that are over leave the feed's index. How many did."""
    gone = update(AgencyPost).where(AgencyPost.state == "visible", AgencyPost.in_feed, queries.over(act.now))
    return act.session.execute(gone.values(in_feed=False)).rowcount


def withdraw(act: Act, slug: str, post_id: uuid.UUID) -> None:
    """Take a post back. The row stays: an agency's words are public records."""
    agency = agency_access.own_agency(act, slug)
    post = access.post(act, slug, post_id).post
    was_public = post.state == "visible"
    _end_edit(act, post, "withdrawn")
    post.state, post.withdrawn_at = "withdrawn", act.now if was_public else None
    # The title of a text that never was public stays unpublished.
    facts = {"agency": agency.name, "title": post.title if was_public else "…"}
    record(act, "agency-post.withdrawn", post, facts)


# — Moderators' decisions —


def release(act: Act, post_id: uuid.UUID, facts: dict[str, Any]) -> AgencyPost:
    """Moderators found that a held text keeps to the rules. It goes out now, or at its time; it is public, and so are
    its text and their `facts`: the reasons among them."""
    post, agency = _in_state(act, post_id, "held")
    record(act, "agency-post.released", post, {"agency": agency.name, "title": post.title, "text": post.body, **facts})
    stop = _why_not(act, agency, post)
    if stop is not None or (post.due_at is not None and post.due_at > act.now):
        post.state, post.stopped, post.due_at = "scheduled", stop, post.due_at or act.now
    else:
        _make_visible(act, post)
    return post


def refuse(act: Act, post_id: uuid.UUID, facts: dict[str, Any]) -> AgencyPost:
    """A moderator found that a held text breaks a rule: it never goes out. The `facts` of that are public, and the
    text is not."""
    post, agency = _in_state(act, post_id, "held")
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


def remove(act: Act, post_id: uuid.UUID, rule: str, facts: dict[str, Any]) -> None:
    """Moderators agreed that a public post breaks a rule: nobody reads it any more, and its page says which rule.
    Raises NotFound."""
    post, agency = _in_state(act, post_id, "visible")
    _end_edit(act, post, "withdrawn")
    post.state, post.withdrawn_at, post.removed_rule = "withdrawn", act.now, rule
    record(act, "agency-post.removed", post, {"agency": agency.name, **facts})


def put_back(act: Act, post_id: uuid.UUID) -> None:
    """What moderators removed is public again: somebody appealed. Raises NotFound."""
    post, agency = _in_state(act, post_id, "withdrawn")
    if post.removed_rule is None:
        raise NotFound
    post.state, post.withdrawn_at, post.removed_rule = "visible", None, None
    record(act, "agency-post.put-back", post, {"agency": agency.name, "title": post.title})


def _in_state(act: Act, post_id: uuid.UUID, state: str) -> tuple[AgencyPost, Agency]:
    found = queries.post(act, post_id)
    if found is None or found.post.state != state:
        raise NotFound
    return found.post, found.agency


def release_edit(act: Act, edit_id: uuid.UUID, facts: dict[str, Any]) -> None:
    """Moderators found that new words for a public post keep to the rules: it says them now. Raises NotFound."""
    made, found = _edit_of(act, edit_id, "held")
    post, agency = found.post, found.agency
    said = {name: getattr(made, name) for name in SAID}
    made.state, post.spans = "taken-over", made.spans
    record(act, "agency-post.released", post, {"agency": agency.name, "title": made.title, "text": made.body, **facts})
    before = text_of(post)
    text = Text(kind=post.kind, template=post.template, urgent=before.urgent, lat=post.lat, lon=post.lon, **said)
    _take_over(act, agency, post, text, editor_id=made.editor_id)


def refuse_edit(act: Act, edit_id: uuid.UUID, facts: dict[str, Any]) -> None:
    """A moderator found that new words break a rule: the post goes on saying the old ones."""
    made, found = _edit_of(act, edit_id, "held")
    made.state = "refused"
    record(act, "agency-post.refused", found.post, {"agency": found.agency.name, **facts})


def hold_edit_again(act: Act, edit_id: uuid.UUID) -> None:
    """New words that a moderator refused wait once more: somebody appealed. Raises NotFound."""
    made, found = _edit_of(act, edit_id, "refused")
    _end_edit(act, found.post, "withdrawn")
    made.state = "held"
    record(act, "agency-post.held-again", found.post)


def _edit_of(act: Act, edit_id: uuid.UUID, state: str) -> tuple[AgencyPostEdit, Published]:
    made = queries.edit(act, edit_id)
    found = queries.post(act, made.post_id) if made is not None and made.state == state else None
    if made is None or found is None or found.post.state != "visible":
        raise NotFound
    return made, found


# — Pictures —


def _add_pictures(act: Act, post: AgencyPost, uploads: Sequence[Upload], sites: Collection[str]) -> None:
    """Pictures to be encoded. Raises Refusal("too-many-pictures")."""
    present = queries.pictures(act, post.id)
    if len(present) + len(uploads) > rules.MOST_PICTURES:
        raise Refusal("too-many-pictures", most=rules.MOST_PICTURES)
    last = act.session.scalar(
        select(AgencyPicture.position)
        .where(AgencyPicture.post_id == post.id)
        .order_by(AgencyPicture.position.desc())
        .limit(1)
    )
    new: list[AgencyPicture] = []
    for position, upload in enumerate(uploads, 0 if last is None else last + 1):
        made = AgencyPicture(
            id=new_id(),
            post_id=post.id,
            author_id=act.actor.id,
            position=position,
            alt=upload.alt,
            words=upload.words,
            codes=[],
            source=upload.name,
            original=upload.original[:200],
            files=[],
            decision="waiting",
            added_at=act.now,
            state="waiting",
            lease_until=act.now,
        )
        act.session.add(made)
        new.append(made)
    _read_pictures(post, new, sites)
    act.session.flush()


def _read_pictures(post: AgencyPost, pictures: Sequence[AgencyPicture], sites: Collection[str]) -> None:
    """Read what is written about each picture, in it, and in its codes, with the text that it belongs to. What is found
    anew in one that was approved takes it out of sight until a moderator has looked again."""
    words = text_of(post).words
    apart = rules.findings(words, sites) if pictures else []
    for picture in pictures:
        own = rules.picture_words(0, picture.alt, picture.words) | rules.code_words(picture.codes)
        found = [one for one in rules.findings(words | own, sites) if one not in apart]
        if picture.decision == "approved" and not rules.is_cleared(found, picture.spans):
            picture.decision = "waiting"
        picture.spans = found


def _take_out(act: Act, agency: Agency, post: AgencyPost, removed: Collection[uuid.UUID]) -> None:
    """An agency takes pictures out of its post. Their rows and files stay: an agency's pages are public records."""
    for picture in queries.pictures(act, post.id):
        if picture.id in removed:
            picture.removed_at = act.now
            title = post.title if post.state == "visible" else "…"
            record(act, "agency-picture.removed", picture, {"agency": agency.name, "title": title})
    act.session.flush()
    if post.state == "visible":
        _show_pictures(act, post)


@dataclass(frozen=True)
class Prepared:
    """What came of an upload: the size of its largest file (pixels), the files, which are in the store already
    ({name, width, height, size}), and what its codes say."""

    width: int
    height: int
    files: list[dict[str, Any]]
    codes: list[str]


def picture_prepared(
    act: Act, picture_id: uuid.UUID, attempt: int, made: Prepared, sites: Iterable[str] = ()
) -> str | None:
    """End a picture's job: its codes are read now, and a moderator can look at it. Returns the raw upload's name, to be
    erased after the commit; None when another worker has ended it."""
    picture = queries.picture(act, picture_id)
    if picture is None or picture.state != "working" or picture.attempts != attempt:
        return None
    source, picture.source = picture.source, None
    picture.state, picture.lease_until = "done", act.now
    picture.width, picture.height, picture.files, picture.codes = made.width, made.height, made.files, made.codes
    found = queries.post(act, picture.post_id)
    assert found is not None
    _read_pictures(found.post, [picture], _sites(act, sites))
    return source


def picture_failed(act: Act, picture_id: uuid.UUID, code: str) -> str | None:
    """An upload that cannot be made into a picture: its agency is told why on its page. Returns the raw upload's name,
    to be erased."""
    picture = queries.picture(act, picture_id)
    if picture is None or picture.state == "done":
        return None
    source, picture.source = picture.source, None
    picture.state, picture.problem = "done", code
    return source


def approve_picture(act: Act, picture_id: uuid.UUID, facts: dict[str, Any]) -> None:
    """A moderator has looked at a picture, and everybody sees it with its post. Raises NotFound."""
    picture, found = _picture_of(act, picture_id, "waiting")
    picture.decision, picture.decided_at = "approved", act.now
    _show_pictures(act, found.post)
    record(act, "agency-picture.approved", picture, {"agency": found.agency.name, **facts})


def refuse_picture(act: Act, picture_id: uuid.UUID, facts: dict[str, Any]) -> None:
    """A moderator found that a picture breaks a rule. Its files are erased when no appeal can bring it back."""
    picture, found = _picture_of(act, picture_id, "waiting")
    picture.decision, picture.decided_at = "refused", act.now
    record(act, "agency-picture.refused", picture, {"agency": found.agency.name, **facts})


def hold_picture_again(act: Act, picture_id: uuid.UUID) -> None:
    """A picture that a moderator refused waits once more: somebody appealed. Raises NotFound."""
    picture, _found = _picture_of(act, picture_id, "refused")
    picture.decision, picture.decided_at = "waiting", None
    record(act, "agency-picture.held-again", picture)


def _picture_of(act: Act, picture_id: uuid.UUID, decision: str) -> tuple[AgencyPicture, Published]:
    picture = queries.picture(act, picture_id)
    if picture is None or picture.decision != decision or picture.removed_at is not None or not picture.files:
        raise NotFound
    found = queries.post(act, picture.post_id)
    if found is None or found.post.state == "withdrawn":
        raise NotFound
    return picture, found


def _show_pictures(act: Act, post: AgencyPost) -> None:
    """What cards show of a post's pictures, kept with the post: a page of the feed asks for nothing else."""
    act.session.flush()
    post.pictures = [
        {
            "id": str(one.id),
            "alt": one.alt,
            "width": one.width,
            "height": one.height,
            "widths": [[file["width"], file["height"]] for file in one.files],
        }
        for one in queries.pictures(act, post.id)
        if one.decision == "approved"
    ]


def erase_refused(act: Act) -> list[str]:
    """Forget the files of pictures that were refused too long ago for an appeal. Returns their names."""
    since = act.now - timedelta(days=rules.REFUSED_DAYS)
    gone = act.session.scalars(
        select(AgencyPicture).where(
            AgencyPicture.decision == "refused", AgencyPicture.decided_at <= since, AgencyPicture.width.is_not(None)
        )
    ).all()
    names = [file["name"] for picture in gone for file in picture.files]
    for picture in gone:
        picture.files, picture.width, picture.height = [], None, None
    return names
