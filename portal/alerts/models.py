"""What residents want to be told, what they were told, and the ways by which it reaches them."""

import uuid
from datetime import date, datetime, time

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Time, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, UTCDateTime, new_id
from portal.jobs import Job

# posts: of neighbours, near home · devices: of the household · answers: comments and moderators' decisions · agencies:
# what those whom one follows publish
ABOUT = ("posts", "devices", "answers", "agencies")
KINDS = ("post", "event", "reply", "decision", "agency", "answer")
CHANNELS = ("mail", "push")
UNREAD = text("read_at IS NULL")


class AlertRule(Base):
    """One wish of a resident. What it catches stands in the inbox, and goes by mail, push and digest as well if asked.

    About posts: those within `miles` of home, of one `category` or of all (None). About devices: events of `kinds`.
    From `quiet_from` to `quiet_until`, by the town's clock, mail and push wait; the two are equal for never.
    `urgent_at_once`: an agency's urgent update does not wait.
    """

    __tablename__ = "alert_rule"
    __table_args__ = (
        CheckConstraint(f"about IN {ABOUT}", name="about"),
        CheckConstraint("(about = 'posts') = (miles IS NOT NULL)", name="posts_have_an_area"),
        CheckConstraint("about = 'posts' OR category IS NULL", name="posts_alone_have_a_category"),
        CheckConstraint("about = 'agencies' OR NOT urgent_at_once", name="agencies_alone_are_urgent"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    about: Mapped[str] = mapped_column(String(8))
    miles: Mapped[float | None]
    category: Mapped[str | None] = mapped_column(String(12))
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    by_mail: Mapped[bool] = mapped_column(default=False)
    by_push: Mapped[bool] = mapped_column(default=False)
    in_digest: Mapped[bool] = mapped_column(default=False)
    quiet_from: Mapped[time] = mapped_column(Time, default=time(0))
    quiet_until: Mapped[time] = mapped_column(Time, default=time(0))
    urgent_at_once: Mapped[bool] = mapped_column(default=False, server_default="0")
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)


class DigestState(Base):
    """When a resident's daily digest goes out (hour of the town's clock, 0 to 23), and the day of the last one.

    A resident without this row is new, and gets the first rules together with it.
    """

    __tablename__ = "digest_state"
    __table_args__ = (CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    hour: Mapped[int] = mapped_column(default=18)
    sent_on: Mapped[date | None] = mapped_column(Date)


class Notice(Base):
    """One line of a resident's inbox. It names its subject and holds nothing of it: what is shown is asked for anew
    whenever it is shown. `source` names what it was made from, so that nothing is told twice; `seq` counts up.
    """

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        UniqueConstraint("account_id", "source"),
        Index("ix_notice_inbox", "account_id", "seq"),
        Index("ix_notice_unread", "account_id", sqlite_where=UNREAD, postgresql_where=UNREAD),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    seq: Mapped[int] = mapped_column(unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(60))
    post_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    event_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    agency_post_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agency_post.id"), index=True)
    agency_comment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agency_comment.id"), index=True)
    decision: Mapped[int | None] = mapped_column(ForeignKey("ledger.seq"))
    in_digest: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    read_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PushSubscription(Base):
    """A browser that may be woken: the push service's address for it, and the keys that messages are sealed to."""

    __tablename__ = "push_subscription"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    endpoint: Mapped[str] = mapped_column(String(1000), unique=True)
    p256dh: Mapped[str] = mapped_column(String(100))
    auth: Mapped[str] = mapped_column(String(30))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Delivery(Job, Base):
    """A notice that is to leave by mail or push, not before `lease_until`. Its row goes when it has left, or need not.
    Without a notice it is a trial that its resident asked for."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint(f"channel IN {CHANNELS}", name="channel"),
        CheckConstraint("(channel = 'push') = (subscription_id IS NOT NULL)", name="pushes_have_a_browser"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    channel: Mapped[str] = mapped_column(String(4))
    notice_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"), index=True)
    subscription_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("push_subscription.id", ondelete="CASCADE"), index=True
    )


class AlertCursor(Base):
    """How far notices have been made from a numbered source: posts, events or the ledger."""

    __tablename__ = "alert_cursor"
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[int]
