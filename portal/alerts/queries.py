"""What residents have asked for, what is new for them, and their inbox. Posts come through `visible_to` alone, with the
recipient as the viewer, when a notice is made, when it leaves and when it is shown."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import Select, Uuid, bindparam, exists, func, or_, select

from portal.accounts.models import Account
from portal.agencies.models import Agency
from portal.alerts import rules
from portal.alerts.models import AlertCursor, AlertRule, Delivery, DigestState, Notice, PushSubscription
from portal.audit.models import LedgerEntry
from portal.bulletins.models import AgencyPost
from portal.db import Act, Actor, Counter
from portal.devices.models import Device, Event
from portal.feed import queries as feed
from portal.feed.models import IS_VISIBLE, Comment, Post
from portal.moderation.models import Case
from portal.neighbourhoods import rules as places
from portal.responses import queries as responses
from portal.responses.models import AgencyComment, AgencyFollow

# — What residents have asked for —


def own_rules(act: Act) -> Sequence[AlertRule]:
    query = select(AlertRule).where(AlertRule.account_id == act.actor.id)
    return act.session.scalars(query.order_by(AlertRule.about.desc(), AlertRule.made_at, AlertRule.id)).all()


def own_rule(act: Act, rule_id: uuid.UUID) -> AlertRule | None:
    return act.session.scalar(select(AlertRule).where(AlertRule.id == rule_id, AlertRule.account_id == act.actor.id))


def rules_about(act: Act, account_id: uuid.UUID, about: str) -> Sequence[AlertRule]:
    return act.session.scalars(
        select(AlertRule).where(AlertRule.account_id == account_id, AlertRule.about == about)
    ).all()


def residents() -> Select[tuple[Account]]:
    """Who may be told anything at all."""
    return select(Account).where(Account.kind == "resident", Account.confirmed_at.is_not(None))


def resident(act: Act, account_id: uuid.UUID) -> Account | None:
    return act.session.scalar(residents().where(Account.id == account_id))


def newcomers(act: Act, limit: int) -> Sequence[uuid.UUID]:
    """Some of the residents whom nobody has given their first rules."""
    query = residents().where(~exists().where(DigestState.account_id == Account.id)).limit(limit)
    return act.session.scalars(query.with_only_columns(Account.id)).all()


def with_rules_about(act: Act, about: str) -> list[tuple[Account, list[AlertRule]]]:
    """Residents with their rules about posts, devices or answers."""
    query = residents().join(AlertRule, AlertRule.account_id == Account.id).where(AlertRule.about == about)
    rows = act.session.execute(query.add_columns(AlertRule).order_by(Account.id)).all()
    return [(account, [row[1] for row in group]) for account, group in groupby(rows, key=lambda row: row[0])]


def digest_state(act: Act, account_id: uuid.UUID) -> DigestState | None:
    return act.session.get(DigestState, account_id)


def digest_wishes(act: Act) -> Sequence[tuple[Account, DigestState]]:
    """Residents who want a digest."""
    wants = exists().where(AlertRule.account_id == Account.id, AlertRule.in_digest)
    query = residents().join(DigestState, DigestState.account_id == Account.id).where(wants)
    return [(row[0], row[1]) for row in act.session.execute(query.add_columns(DigestState))]


def browsers(act: Act, account_ids: Iterable[uuid.UUID]) -> Sequence[PushSubscription]:
    query = select(PushSubscription).where(PushSubscription.account_id.in_(set(account_ids)))
    return act.session.scalars(query.order_by(PushSubscription.made_at, PushSubscription.id)).all()


def browser(act: Act, browser_id: uuid.UUID) -> PushSubscription | None:
    """The asker's own."""
    return act.session.scalar(
        select(PushSubscription).where(PushSubscription.id == browser_id, PushSubscription.account_id == act.actor.id)
    )


# — What is new —


def cursor(act: Act, name: str) -> int:
    return act.session.scalar(select(AlertCursor.value).where(AlertCursor.name == name)) or 0


def counter(act: Act, name: str) -> int:
    return act.session.scalar(select(Counter.value).where(Counter.name == name)) or 0


def newest_entry(act: Act) -> int:
    return act.session.scalar(select(func.max(LedgerEntry.seq))) or 0


def new_posts(act: Act, rule: AlertRule, after: int, upto: int) -> set[uuid.UUID]:
    """The posts numbered after `after` up to `upto` that a rule of the asker's catches: what the asker may see, within
    the wished distance of home, not their own, and of nobody whom they have muted."""
    if act.actor.home_cell is None or rule.miles is None:
        return set()
    resolution, cells = places.reach(act.actor.home_cell, rule.miles)
    column = {9: Post.cell9, 8: Post.cell8, 7: Post.cell7}[resolution]
    query = feed.visible_to(act.actor).where(
        Post.state == IS_VISIBLE,
        Post.published_seq > after,
        Post.published_seq <= upto,
        Post.published_at > act.now - rules.NEWS,
        Post.author_id != act.actor.id,
        column.in_(sorted(cells)),
    )
    if rule.category is not None:
        query = query.where(Post.category == rule.category)
    rows = act.session.execute(query.with_only_columns(Post.id, Post.author_id, Post.alias)).all()
    spared = feed.spared(act) if rows else feed.Spared()
    return {row.id for row in rows if not spared.hides(row.author_id, row.alias, row.id)}


def new_agency_posts(act: Act, after: int, upto: int) -> Sequence[AgencyPost]:
    """Agencies' posts numbered after `after` up to `upto` that everybody can read."""
    query = select(AgencyPost).where(
        AgencyPost.state == "visible",
        AgencyPost.published_seq > after,
        AgencyPost.published_seq <= upto,
        AgencyPost.published_at > act.now - rules.NEWS,
    )
    return act.session.scalars(query.order_by(AgencyPost.published_seq)).all()


def followers(act: Act, agency_id: uuid.UUID) -> Sequence[Account]:
    """Residents who want to be told what an agency publishes."""
    query = residents().join(AgencyFollow, AgencyFollow.account_id == Account.id)
    return act.session.scalars(query.where(AgencyFollow.agency_id == agency_id)).all()


def thread(act: Act, comment_id: uuid.UUID) -> set[uuid.UUID]:
    """Who wrote above a reply under an agency's post, in the same thread, and is somebody else."""
    written = act.session.get(AgencyComment, comment_id)
    if written is None or written.reply_to is None:
        return set()
    above = or_(AgencyComment.id == written.reply_to, AgencyComment.reply_to == written.reply_to)
    query = select(AgencyComment.author_id).where(
        above, AgencyComment.state == "visible", AgencyComment.id < written.id, AgencyComment.agency_id.is_(None)
    )
    return set(act.session.scalars(query)) - {written.author_id}


def _remarks(act: Act, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[AgencyComment, AgencyPost, Agency]]:
    """Those of these comments under agencies' posts that everybody can read, with where they stand."""
    query = (
        select(AgencyComment, AgencyPost, Agency)
        .join(AgencyPost, AgencyPost.id == AgencyComment.post_id)
        .join(Agency, Agency.id == AgencyPost.agency_id)
        .where(AgencyComment.id.in_(set(ids)), AgencyComment.state == "visible", AgencyPost.state == "visible")
    )
    return {row[0].id: (row[0], row[1], row[2]) for row in act.session.execute(query)}


def new_events(act: Act, after: int, upto: int) -> Sequence[Event]:
    query = select(Event).where(
        Event.received_seq > after, Event.received_seq <= upto, Event.started_at > act.now - rules.NEWS
    )
    return act.session.scalars(query.order_by(Event.received_seq)).all()


def new_entries(act: Act, kinds: Sequence[str], after: int, upto: int) -> Sequence[LedgerEntry]:
    query = select(LedgerEntry).where(
        LedgerEntry.seq > after,
        LedgerEntry.seq <= upto,
        LedgerEntry.kind.in_(kinds),
        LedgerEntry.at > act.now - rules.NEWS,
    )
    return act.session.scalars(query.order_by(LedgerEntry.seq)).all()


def post_author(act: Act, post_id: uuid.UUID) -> uuid.UUID | None:
    """Whose post it is: to know whom to address, never to show. What they may see is asked for with them as viewer."""
    everything = feed.visible_to(Actor("moderator"), under_review=Post.id == post_id)
    return act.session.scalar(everything.with_only_columns(Post.author_id).where(Post.id == post_id))


def comment(act: Act, comment_id: uuid.UUID) -> Comment | None:
    return act.session.get(Comment, comment_id)


def commenters(act: Act, written: Comment) -> set[uuid.UUID]:
    """Who has commented under the same post before."""
    query = select(Comment.author_id).where(
        Comment.post_id == written.post_id, Comment.state == "visible", Comment.id < written.id
    )
    return set(act.session.scalars(query))


def reads_comment(act: Act, comment_id: uuid.UUID) -> bool:
    """Whether the asker may read this comment, and has not muted the post, or who wrote it under their own name."""
    posts = feed.visible_to(act.actor).where(Post.state == IS_VISIBLE)
    query = select(Comment).where(
        Comment.id == comment_id,
        Comment.state == "visible",
        Comment.post_id.in_(posts.with_only_columns(Post.id)),
    )
    found = act.session.scalar(query)
    return found is not None and not feed.spared(act).hides(found.author_id, found.alias, found.post_id)


def case(act: Act, case_id: uuid.UUID) -> Case | None:
    return act.session.get(Case, case_id)


def told_before(act: Act, sources: Iterable[str]) -> set[tuple[uuid.UUID, str]]:
    query = select(Notice.account_id, Notice.source).where(Notice.source.in_(set(sources)))
    return {(row[0], row[1]) for row in act.session.execute(query)}


# — What leaves —


def waiting(act: Act, delivery: Delivery) -> Sequence[tuple[Delivery, Notice | None]]:
    """This delivery with all others that are due by the same way for the same person: they leave as one."""
    query = (
        select(Delivery, Notice)
        .outerjoin(Notice, Notice.id == Delivery.notice_id)
        .where(
            Delivery.account_id == delivery.account_id,
            Delivery.channel == delivery.channel,
            Delivery.subscription_id == delivery.subscription_id
            if delivery.subscription_id is not None
            else Delivery.subscription_id.is_(None),
            or_(Delivery.id == delivery.id, Delivery.lease_until <= act.now),
        )
        .order_by(Notice.seq)
    )
    return [(row[0], row[1]) for row in act.session.execute(query)]


ABOUT = {
    "post": "posts",
    "event": "devices",
    "reply": "answers",
    "decision": "answers",
    "agency": "agencies",
    "answer": "answers",
}


def still_wanted(act: Act, notice: Notice, channel: str) -> bool:
    """Whether a notice is still to leave for the asker: nobody has read it, a rule still asks for this way, and what it
    tells of is still there for them."""
    if notice.read_at is not None or act.actor.id is None:
        return False
    wishes = rules_about(act, act.actor.id, ABOUT[notice.kind])
    return any(wish.by_mail if channel == "mail" else wish.by_push for wish in wishes) and still_shown(act, notice)


def still_shown(act: Act, notice: Notice) -> bool:
    if notice.post_id is not None and notice.kind == "post":
        query = feed.visible_to(act.actor).where(Post.id == notice.post_id, Post.state == IS_VISIBLE)
        return act.session.scalar(query.with_only_columns(Post.id)) is not None
    if notice.comment_id is not None and notice.kind == "reply":
        return reads_comment(act, notice.comment_id)
    if notice.event_id is not None:
        return event(act, notice.event_id) is not None
    if notice.agency_post_id is not None:
        return bool(responses.posts(act, [notice.agency_post_id]))
    if notice.agency_comment_id is not None:
        return bool(_remarks(act, [notice.agency_comment_id]))
    return True


def event(act: Act, event_id: uuid.UUID) -> tuple[Event, str] | None:
    """An event of the asker's household, with its device's name."""
    row = act.session.execute(_events(act).where(Event.id == event_id)).one_or_none()
    return None if row is None else (row[0], row[1])


def _events(act: Act) -> Select[tuple[Event, str]]:
    return (
        select(Event, Device.name)
        .join(Device, Device.id == Event.device_id)
        .where(Event.household_id == act.actor.household_id, Event.expires_at > act.now)
    )


def digest_counts(act: Act) -> dict[str, int]:
    """Category -> how many posts the asker's next digest tells of: what they may still see, and have not been told."""
    told = select(Notice.post_id).where(
        Notice.account_id == act.actor.id, Notice.in_digest, Notice.made_at > act.now - rules.DIGEST_REACH
    )
    query = feed.visible_to(act.actor).where(Post.state == IS_VISIBLE, Post.id.in_(told))
    counts = act.session.execute(query.with_only_columns(Post.category, func.count()).group_by(Post.category))
    return {row[0]: row[1] for row in counts}


def digest_agencies(act: Act) -> int:
    """How many posts of agencies the asker's next digest tells of: what can still be read, and was not told before."""
    told = select(Notice.agency_post_id).where(
        Notice.account_id == act.actor.id, Notice.in_digest, Notice.made_at > act.now - rules.DIGEST_REACH
    )
    query = select(func.count()).where(AgencyPost.id.in_(told), AgencyPost.state == "visible")
    return act.session.scalar(query) or 0


# — The inbox —


@dataclass(frozen=True)
class Line:
    """A notice with what there is to say of it now. `post`, `event`, `entry`, `told` (an agency's post, and the agency)
    and `remark` (a comment under one) are None when they are gone for the asker, and for kinds that have none. `reply`:
    the comment it tells of can still be read."""

    notice: Notice
    post: Post | None = None
    event: Event | None = None
    device: str = ""
    entry: LedgerEntry | None = None
    reply: bool = False
    told: tuple[AgencyPost, Agency] | None = None
    remark: AgencyComment | None = None


def notice(act: Act, notice_id: uuid.UUID) -> Notice | None:
    """The asker's own."""
    return act.session.scalar(select(Notice).where(Notice.id == notice_id, Notice.account_id == act.actor.id))


def inbox(act: Act, limit: int, before: int | None = None, after: int | None = None) -> list[Line]:
    """The asker's newest notices; those before or after the one numbered so. A fixed number of statements."""
    query = select(Notice).where(Notice.account_id == act.actor.id).order_by(Notice.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(Notice.seq < before)
    if after is not None:
        query = query.where(Notice.seq > after)
    return lines(act, act.session.scalars(query).all())


def lines(act: Act, notices: Sequence[Notice]) -> list[Line]:
    posts = feed.visible_to(act.actor).where(Post.id.in_({row.post_id for row in notices if row.post_id}))
    found = {post.id: post for post in act.session.scalars(posts)}
    comments = set(
        act.session.scalars(
            select(Comment.id).where(
                Comment.id.in_({row.comment_id for row in notices if row.comment_id}),
                Comment.state == "visible",
                Comment.post_id.in_(found),
            )
        )
    )
    events = {
        row[0].id: (row[0], row[1])
        for row in act.session.execute(_events(act).where(Event.id.in_({row.event_id for row in notices})))
    }
    entries = {
        row.seq: row
        for row in act.session.scalars(
            select(LedgerEntry).where(LedgerEntry.seq.in_({row.decision for row in notices if row.decision}))
        )
    }
    told = responses.posts(act, [row.agency_post_id for row in notices if row.agency_post_id])
    remarks = _remarks(act, [row.agency_comment_id for row in notices if row.agency_comment_id])
    lines = []
    for row in notices:
        remark, *place = remarks.get(row.agency_comment_id, (None,)) if row.agency_comment_id else (None,)
        lines.append(
            Line(
                row,
                found.get(row.post_id) if row.post_id else None,
                *(events.get(row.event_id, (None, "")) if row.event_id else (None, "")),
                entries.get(row.decision) if row.decision else None,
                row.comment_id in comments,
                (place[0], place[1]) if place else told.get(row.agency_post_id) if row.agency_post_id else None,
                remark,
            )
        )
    return lines


@dataclass(frozen=True)
class Mark:
    """The number of the asker's newest notice, and how many they have not read: counted up to MOST_COUNTED."""

    newest: int
    unread: int


MOST_COUNTED = 100


_READER = Notice.account_id == bindparam("reader", type_=Uuid())
MARK = (  # what makes a Mark, for every page
    select(func.coalesce(func.max(Notice.seq), 0)).where(_READER),
    select(func.count()).select_from(
        select(Notice.id).where(_READER, Notice.read_at.is_(None)).limit(MOST_COUNTED).subquery()
    ),
)


def old_notices(act: Act, until: datetime, limit: int) -> Sequence[uuid.UUID]:
    return act.session.scalars(select(Notice.id).where(Notice.made_at < until).limit(limit)).all()
