"""What a neighbour's post may be, and who it is for."""

from collections.abc import Sequence
from typing import Any

from portal import wording
from portal.db import Refusal

MOST_BODY = 4000
MOST_COMMENT = 1000
MOST_FILES = 6
MOST_ALT = 500
UNDO_HOURS = 24
REMOVED_DAYS = 60  # files of what a moderator removed are kept (unseen) for so long: 30 days to appeal, 30 to answer
MEDIA_DAYS = 90  # shared pictures and videos are kept for so long, unless their author renews them
RENEW_DAYS = 14  # before the end, their author is asked


def narrowed(before: str, wanted: str) -> str:
    """An audience after an edit: who wrote for neighbours never finds strangers among the readers.

    Raises Refusal("audience-widens", "audience").
    """
    if before == "neighbours" and wanted != "neighbours":
        raise Refusal("audience-widens", "audience")
    return wanted


def audience(wanted: str, holds_video: bool, from_camera: bool) -> str:
    """Footage is for neighbours only, whatever was asked for: any video, and any picture of a doorbell or camera.

    Raises Refusal("footage-everyone", "audience") instead of changing silently what the author chose.
    """
    if wanted == "everyone" and (holds_video or from_camera):
        raise Refusal("footage-everyone", "audience")
    return wanted


def check_files(count: int) -> None:
    """Raises Refusal("too-many-files", "media")."""
    if count > MOST_FILES:
        raise Refusal("too-many-files", "media", most=MOST_FILES)


def after_media(states: list[str], problem: bool, found: bool = False) -> str:
    """A post's next state from its media's: it waits for all of them, for its author when one was refused, and for a
    moderator when its words were found to break R5."""
    if any(state in ("waiting", "working") for state in states):
        return "preparing"
    if problem:
        return "attention"
    return "held" if found else "visible"


def findings(body: str, alts: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The words of a post that break R5: {rule, field, start, end, words, reason}. `field` is body or alt; the same
    description of several files counts once."""
    return [
        {"rule": "R5", "field": field, "start": span.start, "end": span.end, "words": span.words, "reason": span.reason}
        for field, text in (("body", body), *(("alt", alt) for alt in dict.fromkeys(alts)))
        for span in wording.check("R5", text).spans
    ]


def check_comment(body: str) -> None:
    """Raises Refusal("wording", "body", spans=…) for a comment whose words break R5: its author says it otherwise."""
    found = findings(body)
    if found:
        raise Refusal("wording", "body", spans=found)
