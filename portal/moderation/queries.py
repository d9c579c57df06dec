"""What waits for a moderator, and the posts that a moderator may see because of it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select

from portal.db import Act
from portal.feed import queries as feed
from portal.feed.models import Comment, Post
from portal.moderation.models import Report


def under_review() -> ColumnElement[bool]:
    """Posts with an open report on them or on a comment of theirs: what opens a neighbours' post to moderators."""
    on_post = select(Report.post_id).where(Report.outcome == "open", Report.post_id.is_not(None))
    on_comment = select(Comment.post_id).join(Report, Report.comment_id == Comment.id).where(Report.outcome == "open")
    return or_(Post.id.in_(on_post), Post.id.in_(on_comment))


@dataclass(frozen=True)
class Reported:
    """Something reported, with every open report on it. `comment` is None when the post itself was."""

    reports: list[Report]
    post: Post
    author: str
    comment: Comment | None


def open_reports(act: Act) -> Sequence[Reported]:
    """What was reported, the longest waiting first."""
    found: dict[uuid.UUID, Reported] = {}
    for report in act.session.scalars(select(Report).where(Report.outcome == "open").order_by(Report.reported_at)):
        subject_id = report.post_id or report.comment_id
        assert subject_id is not None
        if subject_id in found:
            found[subject_id].reports.append(report)
            continue
        comment = feed.comment(act, report.comment_id, under_review()) if report.comment_id else None
        post_id = report.post_id or (comment.post_id if comment else None)
        seen = feed.post(act, post_id, under_review()) if post_id else None
        if seen is not None:
            found[subject_id] = Reported([report], seen[0], seen[1], comment)
    return list(found.values())


def report(act: Act, report_id: uuid.UUID) -> Report | None:
    return act.session.get(Report, report_id)


def mine(act: Act, post_id: uuid.UUID | None, comment_id: uuid.UUID | None) -> Report | None:
    """The asker's own report on this."""
    query = select(Report).where(
        Report.reporter_id == act.actor.id, Report.post_id == post_id, Report.comment_id == comment_id
    )
    return act.session.scalar(query)
