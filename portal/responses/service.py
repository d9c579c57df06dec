"""Writing under agencies' posts, following, coming, finding useful, and counting who saw what without keeping who.

Nothing here lets an agency hide, remove or report what residents wrote, or keep somebody from writing. What moderators
do comes by `portal.moderation`, two of them and by rule.
"""

import os
import uuid
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update

from portal.accounts import access as account_access
from portal.agencies import access as agency_access
from portal.audit.service import record
from portal.bulletins.queries import Published
from portal.db import Act, NotFound, new_id
from portal.neighbourhoods import queries as places
from portal.responses import access, queries, rules
from portal.responses.models import (
    AgencyAnswerRevision,
    AgencyComment,
    AgencyFollow,
    Attendance,
    AttendanceToken,
    PostReach,
    UsefulTip,
)

# — Residents' comments —


def comment(
    act: Act, slug: str, post_id: uuid.UUID, body: str, reply_to: uuid.UUID | None = None, show_name: bool = False
) -> AgencyComment:
    """A resident's words, for everybody to read; under an alias unless they want their name there.

    Raises NotFound, and Refusal: guidelines, suspended, wording, link.
    """
    found = access.open_post(act, slug, post_id)
    if act.actor.kind != "resident":
        raise NotFound
    account_access.knows_guidelines(act)
    rules.check_comment(body)
    written = AgencyComment(
        id=new_id(),
        post_id=found.post.id,
        author_id=act.actor.id,
        reply_to=_thread(act, found, reply_to),
        alias=None if show_name else places.alias(act),
        body=body,
        state="visible",
        written_at=act.now,
        published_at=act.now,
    )
    act.session.add(written)
    act.session.flush()
    record(act, "agency-comment.written", written)
    return written


def _thread(act: Act, found: Published, reply_to: uuid.UUID | None) -> uuid.UUID | None:
    """The comment that is answered: what is said to a reply stands beside it. Raises NotFound."""
    if reply_to is None:
        return None
    to = access.comment(act, reply_to)
    if to.post_id != found.post.id:
        raise NotFound
    return to.reply_to or to.id


def delete_comment(act: Act, comment_id: uuid.UUID) -> AgencyComment:
    """Gone at once for everybody. Its author can take that back for a day; then its words are erased."""
    written = access.own_comment(act, comment_id, "visible")
    _end(act, written, "deleted")
    record(act, "agency-comment.deleted", written)
    return written


def put_back(act: Act, comment_id: uuid.UUID) -> AgencyComment:
    """Undo a deletion, within the undo window. Raises NotFound."""
    written = access.own_comment(act, comment_id, "deleted")
    if written.ended_at is None or written.ended_at <= act.now - timedelta(hours=rules.UNDO_HOURS):
        raise NotFound
    _stand(act, written)
    record(act, "agency-comment.put-back", written)
    return written


def _end(act: Act, written: AgencyComment, state: str, rule: str | None = None) -> None:
    written.state, written.ended_at, written.ended_rule = state, act.now, rule


def _stand(act: Act, written: AgencyComment) -> None:
    written.state, written.ended_at, written.ended_rule = "visible", None, None
    written.published_at = written.published_at or act.now


# — Agencies' answers —


def answer(act: Act, slug: str, post_id: uuid.UUID, body: str, reply_to: uuid.UUID | None = None) -> AgencyComment:
    """An agency's answer under its own post, with its author's name and title. It goes out at once, or is held when it
    seems to ask for footage (R1) or says what somebody looks like (R5). Raises NotFound, Refusal: not-verified."""
    found = access.open_post(act, slug, post_id)
    agency_access.publishing_agency(act, slug)
    written = AgencyComment(
        id=new_id(),
        post_id=found.post.id,
        author_id=act.actor.id,
        agency_id=found.agency.id,
        reply_to=_thread(act, found, reply_to),
        body=body,
        state="held",
        written_at=act.now,
    )
    act.session.add(written)
    act.session.flush()
    _decide(act, written, "agency-answer.published")
    return written


def edit_answer(act: Act, comment_id: uuid.UUID, body: str) -> AgencyComment:
    """New words for an answer of one's agency, read again like the first ones. Words that were public stay readable.
    Raises NotFound, Refusal: not-verified."""
    written = access.own_answer(act, comment_id)
    agency_access.publishing_agency(act, queries.place_of(act, comment_id)[0])
    if body == written.body:
        return written
    was_visible = written.state == "visible"
    if was_visible:
        act.session.add(
            AgencyAnswerRevision(comment_id=written.id, editor_id=act.actor.id, body=written.body, replaced_at=act.now)
        )
        written.edited_at = act.now
    written.body = body
    _decide(act, written, "agency-answer.edited" if was_visible else "agency-answer.published")
    return written


def _decide(act: Act, written: AgencyComment, kind: str) -> None:
    written.spans = rules.check_answer(written.body)
    if written.spans:
        written.state = "held"
        record(act, "agency-answer.held", written, _facts(act, written) | {"rule": written.spans[0]["rule"]})
    else:
        _stand(act, written)
        record(act, kind, written, _facts(act, written))


def withdraw_answer(act: Act, comment_id: uuid.UUID) -> AgencyComment:
    """Take an answer back. The row stays: an agency's words are public records. Raises NotFound."""
    written = access.own_answer(act, comment_id)
    _end(act, written, "withdrawn")
    record(act, "agency-answer.withdrawn", written, _facts(act, written))
    return written


def _facts(act: Act, written: AgencyComment) -> dict[str, Any]:
    """Who answered: what is public of any act with an answer."""
    agency_id = written.agency_id
    assert agency_id is not None
    return {"agency": queries.agency_name(act, agency_id)}


# — What moderators decide —


def remove(act: Act, written: AgencyComment, rule: str) -> None:
    """Two moderators found that it breaks this rule. What is public of it stands in the moderators' own entry."""
    _end(act, written, "removed", rule)
    record(act, "agency-comment.removed", written)


def restore(act: Act, written: AgencyComment) -> None:
    """Another moderator found on appeal that it keeps to the rules."""
    _stand(act, written)
    record(act, "agency-comment.restored", written)


def release(act: Act, comment_id: uuid.UUID, facts: dict[str, Any]) -> AgencyComment:
    """Moderators found that a held answer keeps to the rules: it is public now, and so are its text and their `facts`,
    the reasons among them. Raises NotFound."""
    written = _held(act, comment_id)
    _stand(act, written)
    record(act, "agency-answer.released", written, _facts(act, written) | {"text": written.body} | facts)
    return written


def refuse(act: Act, comment_id: uuid.UUID, rule: str, facts: dict[str, Any]) -> AgencyComment:
    """A moderator found that a held answer breaks a rule: it never goes out. The `facts` of that are public, and the
    text is not. Raises NotFound."""
    written = _held(act, comment_id)
    _end(act, written, "removed", rule)
    record(act, "agency-answer.refused", written, _facts(act, written) | facts)
    return written


def hold_again(act: Act, comment_id: uuid.UUID) -> AgencyComment:
    """A refused answer waits for moderators once more: somebody appealed. Raises NotFound."""
    written = act.session.get(AgencyComment, comment_id)
    if written is None or written.state != "removed" or written.agency_id is None:
        raise NotFound
    written.state, written.ended_at, written.ended_rule = "held", None, None
    record(act, "agency-answer.held-again", written)
    return written


def _held(act: Act, comment_id: uuid.UUID) -> AgencyComment:
    written = act.session.get(AgencyComment, comment_id)
    if written is None or written.state != "held":
        raise NotFound
    return written


# — Buttons —


def follow(act: Act, agency_id: uuid.UUID, wanted: bool) -> None:
    """Be told what an agency publishes that serves one's home, or no more. Raises NotFound."""
    present = act.session.get(AgencyFollow, (act.actor.id, agency_id))
    if wanted and present is None:
        if agency_id not in queries.near(act):
            raise NotFound
        act.session.add(AgencyFollow(account_id=act.actor.id, agency_id=agency_id, since=act.now))
    elif present is not None and not wanted:
        act.session.delete(present)


def mark_useful(act: Act, slug: str, post_id: uuid.UUID, useful: bool) -> None:
    """Say that a tip was useful, or take that back. Raises NotFound."""
    post = access.residents_post(act, slug, post_id, "tip").post
    present = act.session.get(UsefulTip, (act.actor.id, post.id))
    if useful and present is None:
        act.session.add(UsefulTip(account_id=act.actor.id, post_id=post.id))
    elif present is not None and not useful:
        act.session.delete(present)


def come(act: Act, slug: str, post_id: uuid.UUID, comes: bool, secret: str) -> None:
    """Say that one comes to an event, or take that back, until it is over. No entry in the ledger says who.
    Raises NotFound."""
    post = access.residents_post(act, slug, post_id, "event").post
    assert post.starts_at is not None and act.actor.id is not None
    if rules.over_at(post.starts_at, post.ends_at) <= act.now:
        raise NotFound
    row = act.session.get(Attendance, post.id)
    if row is None:
        row = Attendance(post_id=post.id, salt=os.urandom(32), count=0)
        act.session.add(row)
        act.session.flush()
    if row.salt is None:
        raise NotFound
    token = rules.token(secret, row.salt, act.actor.id)
    present = act.session.get(AttendanceToken, (post.id, token))
    if comes and present is None:
        act.session.add(AttendanceToken(post_id=post.id, token=token))
        row.count += 1
    elif present is not None and not comes:
        act.session.delete(present)
        row.count -= 1


# — Numbers —


def count_reach(act: Act, seen: Mapping[uuid.UUID, Collection[uuid.UUID]], secret: str) -> None:
    """Take note of who had which post on the screen (post -> accounts), so that only how many can be told."""
    for post_id in queries.being_counted(act, seen):
        row = act.session.get(PostReach, post_id)
        if row is None:
            row = PostReach(post_id=post_id, salt=os.urandom(32), people=0)
            act.session.add(row)
        if row.salt is not None:
            row.sketch = rules.sketch(row.sketch, [rules.token(secret, row.salt, one) for one in seen[post_id]])
            row.people = rules.people(row.sketch)


def forget(act: Act) -> None:
    """Let go of everything that is over: who came, by what people were told apart, and what was deleted."""
    events, counted = queries.over(act), queries.counted_out(act)
    act.session.execute(delete(AttendanceToken).where(AttendanceToken.post_id.in_(events)))
    act.session.execute(update(Attendance).where(Attendance.post_id.in_(events)).values(salt=None))
    act.session.execute(update(PostReach).where(PostReach.post_id.in_(counted)).values(salt=None, sketch=None))
    until = act.now - timedelta(hours=rules.UNDO_HOURS)
    gone = (AgencyComment.state == "deleted", AgencyComment.ended_at <= until, AgencyComment.body != "")
    act.session.execute(update(AgencyComment).where(*gone).values(body=""))
