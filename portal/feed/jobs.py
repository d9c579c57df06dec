"""Preparing files: a child process re-encodes each upload; here its result is taken over, or its refusal."""

import shutil
import time
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from portal.db import SYSTEM
from portal.feed import queries, service
from portal.feed.models import Media
from portal.jobs import Chore, Kind
from portal.media.process import Refused, encode

if TYPE_CHECKING:
    from portal.web.context import Porchlight

log = structlog.get_logger()
NOTE_SECONDS = 0.7  # between two writes of a file's progress


class _Taken(Exception):
    """Another worker holds the job by now."""


def _prepare(here: "Porchlight", media_id: uuid.UUID) -> None:
    with here.database.read(SYSTEM, here.clock) as act:
        media = act.session.get(Media, media_id)
    if media is None or media.source is None:
        return  # its post was deleted meanwhile
    attempt, lease = media.attempts, timedelta(seconds=here.settings.job_lease_seconds)
    noted = 0.0

    def progress(percent: int) -> None:
        nonlocal noted
        if time.monotonic() - noted < NOTE_SECONDS:
            return
        noted = time.monotonic()
        with here.database.write(SYSTEM, here.clock) as act:
            if not service.note_progress(act, media_id, attempt, percent, lease):
                raise _Taken

    scratch, kept = here.store.scratch(), []
    source: str | None = None
    try:
        made = encode(here.store.path(media.source), scratch, media.kind, progress, keep_audio=media.keep_sound)
        now = here.clock.now()
        for file in made.files:
            name = here.store.keep(file.path, "media", uuid.uuid4().hex, file.path.suffix, now)
            kept.append(service.Prepared(file.role, name, file.mime, file.width, file.height, file.size))
        with here.database.write(SYSTEM, here.clock) as act:
            source = service.media_prepared(act, media_id, attempt, made.width, made.height, made.seconds, kept)
        if source is not None:
            kept = []
    except Refused as refused:
        log.info("file refused", id=str(media_id), reason=refused.code, detail=refused.detail)
        _refuse(here, media_id, refused.code, refused.params)
    except _Taken:
        log.info("another worker prepares this file", id=str(media_id))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        for file in kept:  # made, but no row names them
            here.store.erase(file.name)
    if source is not None:
        here.store.erase(source)


def _refuse(here: "Porchlight", media_id: uuid.UUID, code: str, params: dict) -> None:
    with here.database.write(SYSTEM, here.clock) as act:
        source = service.media_refused(act, media_id, code, params)
    if source is not None:
        here.store.erase(source)


def _erase(here: "Porchlight") -> None:
    with here.database.write(SYSTEM, here.clock) as act:
        names = service.erase_gone(act)
    for name in names:
        here.store.erase(name)


def _sweep(here: "Porchlight") -> None:
    def known(names: list[str]) -> set[str]:
        with here.database.read(SYSTEM, here.clock) as act:
            return queries.known_names(act, names)

    for folder in ("media", "uploads"):
        here.store.sweep(folder, known)
    here.store.sweep_staging()


JOB = Kind("media", Media, _prepare, lambda here, media_id: _refuse(here, media_id, "failed", {}))
CHORES = (Chore("erase what was deleted", 3600, _erase), Chore("sweep media", 3600, _sweep))
