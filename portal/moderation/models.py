"""What residents ask a moderator to look at, the cases that come of it, and where moderators live."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, UTCDateTime, new_id

# agency_edit, picture: of an agency's post · agency_comment: a resident's, under an agency's post · agency_answer: the
# agency's own, there
SUBJECTS = ("post", "comment", "agency_post", "agency_edit", "picture", "agency_comment", "agency_answer", "person")
# reported: by neighbours · held: a neighbour's words, before anybody saw them (R5) · agency: an agency's held text or
# new words for one (R1, R5, a link out of town), or its picture · appeal: against a decision · caused:
# a suspension, which came with another decision
WHYS = ("reported", "held", "agency", "appeal", "caused")
STATES = ("open", "claimed", "decided")
# leave: it keeps to the rules (a held text goes out) · warn · remove (a held text never goes out) · suspend ·
# upheld, overturned: of an appeal · moot: an appeal about words that a moderator has decided about anew meanwhile
OUTCOMES = ("leave", "warn", "remove", "suspend", "upheld", "overturned", "moot")
LIVE = text("state <> 'decided'")


class Report(Base):
    """A resident's reason why a neighbour's or an agency's post, or a comment under one, breaks a rule. Open until a
    moderator decides."""

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN post_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN comment_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN agency_comment_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN agency_post_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_subject",
        ),
        CheckConstraint("outcome IN ('open', 'kept', 'warned', 'removed')", name="outcome"),
        UniqueConstraint("post_id", "reporter_id"),
        UniqueConstraint("comment_id", "reporter_id", name="uq_report_comment_id_reporter"),
        UniqueConstraint("agency_comment_id", "reporter_id", name="uq_report_agency_comment_reporter"),
        UniqueConstraint("agency_post_id", "reporter_id", name="uq_report_agency_post_reporter"),
        Index("ix_report_open", "reported_at", sqlite_where=text("outcome = 'open'")),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    comment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    agency_comment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agency_comment.id"))
    agency_post_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agency_post.id"))
    reporter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    rule: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(String(8), default="open")
    reported_at: Mapped[datetime] = mapped_column(UTCDateTime)

    @property
    def subject_id(self) -> uuid.UUID | None:
        return self.post_id or self.comment_id or self.agency_comment_id or self.agency_post_id


class Case(Base):
    """Something that one moderator decides, once. `subject_id` is the id of a post, a comment, an agency's post, new
    words for one, an agency's picture, a comment or an answer under an agency's post, or an account.

    A held text waits because of its own state; its row is made when a moderator claims it. `was_hidden`: several
    neighbours' reports had taken it out of sight before.
    A claim holds until `claimed_until` and falls back by itself: no job ends it. An agency's text held by R1 goes out
    only when a second person agrees, and an agency's public post or what stands under it is removed only so:
    `proposed_by` found it first (`rule`: the rule that they cited), and `proposed_words` is the digest of the words
    that were read. An appeal names the decision that it is against (`appeal_of`). A suspension is a decided case of its
    own with the person as its subject; `about` and `about_id` are what it was for, `until` its end.
    """

    __tablename__ = "moderation_case"
    __table_args__ = (
        CheckConstraint(f"subject IN {SUBJECTS}", name="subject"),
        CheckConstraint(f"why IN {WHYS}", name="why"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        CheckConstraint("(state = 'claimed') = (claimed_by IS NOT NULL)", name="claimed_by_somebody"),
        CheckConstraint("(claimed_by IS NULL) = (claimed_until IS NULL)", name="claims_end"),
        CheckConstraint("(state = 'decided') = (outcome IS NOT NULL)", name="decided_somehow"),
        CheckConstraint("(why = 'appeal') = (appeal_of IS NOT NULL)", name="appeals_are_against_something"),
        Index("uq_moderation_case_live", "subject_id", "why", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
        Index("ix_moderation_case_waiting", "opened_at", sqlite_where=LIVE, postgresql_where=LIVE),
        Index("ix_moderation_case_author", "author_id", "decided_at"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[uuid.UUID]
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    why: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(8), default="open")
    was_hidden: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    claimed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    claimed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    proposed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    proposed_reason: Mapped[str | None] = mapped_column(Text)
    proposed_words: Mapped[str | None] = mapped_column(String(16))
    appeal_of: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("moderation_case.id"), unique=True)
    appeal_text: Mapped[str | None] = mapped_column(Text)
    about: Mapped[str | None] = mapped_column(String(16))
    about_id: Mapped[uuid.UUID | None]
    outcome: Mapped[str | None] = mapped_column(String(10))
    rule: Mapped[str | None] = mapped_column(String(3))
    reason: Mapped[str | None] = mapped_column(Text)
    days: Mapped[int | None]
    until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Declaration(Base):
    """Where a moderator says that they live: a household of the town, or none of them. Every row counts for good: who
    moves out does not become a stranger to the people there."""

    __tablename__ = "moderator_home"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    household_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("household.id"))
    declared_at: Mapped[datetime] = mapped_column(UTCDateTime)
