"""Files that browsers send: looked at in the jail while their sender waits, then put into the store."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage

from portal.db import Busy
from portal.media.kinds import sniff
from portal.media.process import CrashedChild, Refused, check
from portal.store import CHUNK, TooLarge
from portal.web.context import porchlight

# Why a file cannot be shown, and what to do: the codes of BadFile, and of jobs that failed.
WORDS: Mapping[str, Any] = {
    "unknown-type": _l("This is no picture or video that we know. Try a JPEG or PNG picture, or an MP4 video."),
    "broken": _l("This file is damaged and cannot be read. Try to save or export it again."),
    "truncated": _l("This file is cut short. Try to copy or download it again."),
    "too-many-pixels": _l("This picture has too many pixels. Make it smaller and try again."),
    "too-long": _l("This video is too long: ten minutes at most. Trim it and try again."),
    "no-picture": _l("There is no picture in this file. Choose another one."),
    "too-costly": _l("This file takes more work than we can do for one post. Make it smaller and try again."),
    "too-large": _l("This file is too large. Choose a smaller one, or a shorter video."),
    "failed": _l("We could not prepare this file. Please try again, or choose another one."),
}


class BadFile(Exception):
    """An upload that cannot be shown. `code`: of WORDS, or "moving" for a film where only pictures are taken."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def original(file: FileStorage) -> str:
    """What its sender calls it."""
    return file.filename or _("unnamed")


def keep(file: FileStorage, folder: str, films: bool = True) -> tuple[str, str]:
    """Look at a file and put it into the store: (its name there, "picture" or "video").

    Raises BadFile, and Busy when the look itself failed; nothing is left behind then.
    """
    here = porchlight()
    kind = sniff(file.stream.read(4096))
    file.stream.seek(0)
    if kind is None:
        raise BadFile("unknown-type")
    if kind == "video" and not films:
        raise BadFile("moving")
    try:
        staged = here.store.stage(_chunks(file), here.settings.upload_max_bytes)
    except TooLarge:
        raise BadFile("too-large") from None
    try:
        check(staged.path, kind)
    except BaseException as wrong:
        staged.discard()
        if isinstance(wrong, Refused):
            raise BadFile(wrong.code if wrong.code in WORDS else "failed") from None
        if isinstance(wrong, CrashedChild):  # the machine's fault, not the file's
            raise Busy from wrong
        raise
    return here.store.keep(staged, folder, uuid.uuid4().hex, ".raw", here.clock.now()), kind


@contextmanager
def all_or_none() -> Iterator[list[str]]:
    """Names of kept files, to be added to: all of them are erased again when anything in the block fails."""
    names: list[str] = []
    try:
        yield names
    except BaseException:
        for name in names:
            porchlight().store.erase(name)
        raise


def _chunks(file: FileStorage) -> Iterable[bytes]:
    return iter(lambda: file.stream.read(CHUNK), b"")
