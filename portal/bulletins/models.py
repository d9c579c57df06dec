"""What agencies tell the town.

Nothing here can hold a request: a post is a tip, an update or an event, and the database knows no other kind.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, UTCDateTime, new_id
from portal.jobs import Job

POST_KINDS = ("tip", "update", "event")
STATES = ("scheduled", "visible", "held", "withdrawn")
# The words of the Common Alerting Protocol (OASIS CAP 1.2, 3.2.2), for updates that are urgent.
CATEGORIES = ("Geo", "Met", "Safety", "Fire", "Health", "Env", "Transport", "Infra", "Other")
URGENCIES = ("Immediate", "Expected", "Future")
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor")
CERTAINTIES = ("Observed", "Likely", "Possible")
# Why a scheduled post did not go out: its author speaks for the agency no more, or the agency may not publish.
STOPS = ("author-left", "agency-closed")
EDIT_STATES = ("held", "taken-over", "refused", "withdrawn")
PICTURE_DECISIONS = ("waiting", "approved", "refused")
# An index that says so is used only for a query that says so in the same words.
CURRENT = text("state = 'visible' AND in_feed = 1")
IS_VISIBLE, IS_CURRENT = literal_column("'visible'"), literal_column("1")


class AgencyPost(Base):
    """A tip, an update or an event. Public once visible; `held` says which words a moderator has to look at.

    `source`: where an update comes from, in a few words; it fades at `fades_at`, out of the feed, and stays readable.
    `due_at`: when a scheduled post goes out. `category`, `urgency`, `severity`, `certainty`: all of an urgent update,
    none of any other. `template`: what its author began with. `lat`, `lon`: degrees, of a place for the public.
    `withdrawn_at`: when its agency took it back, if it was public until then; or when moderators removed it, by
    `removed_rule`.
    `revision` counts its edits after it went out; `spans` are findings of the linter, each with its rule: those for
    which it is held, or, once it is out, those that moderators have let out with it.
    `in_feed` ends when an update has faded (a chore does it), so that the feed's index holds nothing old.
    `stopped`: why a scheduled post did not go out. `pictures`: those that everybody may see now, as the card needs
    them (see `AgencyPicture`): [{id, alt, width, height, widths}], pixels.
    """

    __tablename__ = "agency_post"
    __table_args__ = (
        CheckConstraint(f"kind IN {POST_KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(kind = 'event') = (starts_at IS NOT NULL)", name="events_have_a_time"),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_after_it_starts"),
        CheckConstraint("fades_at IS NULL OR kind = 'update'", name="only_updates_fade"),
        CheckConstraint("(state = 'scheduled') <= (due_at IS NOT NULL)", name="scheduled_for_a_time"),
        CheckConstraint("urgency IS NULL OR kind = 'update'", name="only_updates_are_urgent"),
        CheckConstraint(
            "(urgency IS NULL) = (category IS NULL) AND (urgency IS NULL) = (severity IS NULL)"
            " AND (urgency IS NULL) = (certainty IS NULL)",
            name="urgent_in_all_ways",
        ),
        CheckConstraint("(lat IS NULL) = (lon IS NULL)", name="a_whole_point"),
        Index("ix_agency_post_feed", "agency_id", "published_seq"),
        CheckConstraint(f"stopped IS NULL OR stopped IN {STOPS}", name="stopped"),
        Index("ix_agency_post_due", "due_at", sqlite_where=text("state = 'scheduled'")),
        Index("ix_agency_post_current", "published_seq", sqlite_where=CURRENT, postgresql_where=CURRENT),
        Index(
            "ix_agency_post_current_agency",
            "agency_id",
            "published_seq",
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        ),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    agency_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency.id"))
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(8))
    template: Mapped[str] = mapped_column(String(24), default="", server_default="")
    title: Mapped[str] = mapped_column(String(140))
    body: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(140))
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    starts_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    source: Mapped[str] = mapped_column(String(140), default="", server_default="")
    fades_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    category: Mapped[str | None] = mapped_column(String(12))
    urgency: Mapped[str | None] = mapped_column(String(12))
    severity: Mapped[str | None] = mapped_column(String(12))
    certainty: Mapped[str | None] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10))
    spans: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    published_seq: Mapped[int | None] = mapped_column(unique=True)
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    edited_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    removed_rule: Mapped[str | None] = mapped_column(String(3))
    in_feed: Mapped[bool] = mapped_column(default=True, server_default="1")
    stopped: Mapped[str | None] = mapped_column(String(16))
    pictures: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")


class AgencyPostRevision(Base):
    """What a post said before an edit, for everybody to read: an agency's words are public records. `editor_id` is who
    replaced it."""

    __tablename__ = "agency_post_revision"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency_post.id"), index=True)
    editor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    revision: Mapped[int]
    title: Mapped[str] = mapped_column(String(140))
    body: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(140))
    starts_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    source: Mapped[str] = mapped_column(String(140))
    fades_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    replaced_at: Mapped[datetime] = mapped_column(UTCDateTime)


class AgencyPostEdit(Base):
    """New words for a post that is public, which wait for a moderator: until then everybody reads the old ones.

    held: it waits · taken-over: the post says this now · refused: a moderator found that it breaks a rule · withdrawn:
    by its agency, or because newer words came."""

    __tablename__ = "agency_post_edit"
    __table_args__ = (
        CheckConstraint(f"state IN {EDIT_STATES}", name="state"),
        Index("uq_agency_post_edit_held", "post_id", unique=True, sqlite_where=text("state = 'held'")),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency_post.id"), index=True)
    editor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    title: Mapped[str] = mapped_column(String(140))
    body: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(140))
    starts_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    source: Mapped[str] = mapped_column(String(140))
    fades_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(String(12))
    spans: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)


class AgencyPicture(Job, Base):
    """A picture of a post. Everybody sees it once it is encoded and a moderator has looked at it (`decision`).

    `alt` says what it shows, `words` what is written in it: its agency typed both, and both are read like the text.
    `codes`: what its QR and bar codes say. `spans`: findings in all of these. While it waits for its encoding `source`
    names the raw upload, which is erased then; `files` are what was made of it: [{name, width, height, size}], pixels
    and bytes. `problem`: why it could not be made (a code of `portal.media`). `removed_at`: its agency took it out.
    """

    __tablename__ = "agency_picture"
    __table_args__ = (
        CheckConstraint(f"decision IN {PICTURE_DECISIONS}", name="decision"),
        Index("ix_agency_picture_waiting", "added_at", sqlite_where=text("decision = 'waiting'")),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    post_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agency_post.id"), index=True)
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    position: Mapped[int]
    alt: Mapped[str] = mapped_column(String(500))
    words: Mapped[str] = mapped_column(Text)
    codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    spans: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    source: Mapped[str | None] = mapped_column(String(100), unique=True)
    original: Mapped[str] = mapped_column(String(200))
    width: Mapped[int | None]
    height: Mapped[int | None]
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    problem: Mapped[str | None] = mapped_column(String(20))
    decision: Mapped[str] = mapped_column(String(10), default="waiting")
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
