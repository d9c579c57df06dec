"""What a neighbour's post may be, and who it is for."""

from portal.db import Refusal

MOST_BODY = 4000
MOST_COMMENT = 1000
MOST_FILES = 6
MOST_ALT = 500
UNDO_HOURS = 24


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


def after_media(states: list[str], problem: bool) -> str:
    """A post's next state from its media's: it waits for all of them, and for its author when one was refused."""
    if any(state in ("waiting", "working") for state in states):
        return "preparing"
    return "attention" if problem else "visible"
