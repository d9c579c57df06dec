"""Scheduled posts go out at their time, faded ones leave the feed, pictures are encoded and their codes read."""

import shutil
import uuid
from gettext import gettext as _
from typing import TYPE_CHECKING

import structlog

from portal import mail
from portal.bulletins import queries, service
from portal.bulletins.models import AgencyPicture
from portal.db import SYSTEM, Act
from portal.jobs import Chore, Kind
from portal.media.process import Refused, encode

if TYPE_CHECKING:
    from portal.web.context import Porchlight

log = structlog.get_logger()
MOST_DUE = 100


def publish_due(here: "Porchlight") -> None:
    """Let out what is due, each in an act of its own. An agency is told by mail when something could not go out."""
    with here.database.read(SYSTEM, here.clock) as act:
        waiting = queries.due(act, MOST_DUE)
    for post_id in waiting:
        with here.database.write(SYSTEM, here.clock) as act:
            post = service.publish_due(act, post_id, here.settings.own_sites)
            if post is not None and post.state != "visible":
                _tell(here, act, post_id)


def _tell(here: "Porchlight", act: Act, post_id: uuid.UUID) -> None:
    """Mail to the agency: that a post did not go out, and where to look. Nothing of the text."""
    found = queries.post(act, post_id)
    if found is None:
        return
    address = f"{here.settings.address}/agencies/{found.agency.slug}"
    if found.post.state == "held":
        said = _("A post that was scheduled for now was read once more, and waits for a moderator. The page says why.")
    elif found.post.stopped == "author-left":
        said = _("A post that was scheduled for now did not go out: its author speaks for your agency no more.")
    else:
        said = _("A post that was scheduled for now did not go out: your agency is not verified at the moment.")
    subject = f"{_('A scheduled post did not go out')} · {here.settings.town_name}"
    mail.send(act, found.agency.email, subject, f"{said}\n\n{address}\n")


def fade(here: "Porchlight") -> None:
    with here.database.write(SYSTEM, here.clock) as act:
        service.fade(act)


def _prepare(here: "Porchlight", picture_id: uuid.UUID) -> None:
    with here.database.read(SYSTEM, here.clock) as act:
        picture = queries.picture(act, picture_id)
    if picture is None or picture.source is None:
        return
    scratch, kept = here.store.scratch(), []
    source: str | None = None
    try:
        made = encode(here.store.path(picture.source), scratch, "picture", lambda _percent: None, read_codes=True)
        now = here.clock.now()
        for file in made.files:
            name = here.store.keep(file.path, "bulletins", uuid.uuid4().hex, file.path.suffix, now)
            kept.append({"name": name, "width": file.width, "height": file.height, "size": file.size})
        prepared = service.Prepared(made.width, made.height, list(kept), list(made.codes))
        with here.database.write(SYSTEM, here.clock) as act:
            source = service.picture_prepared(act, picture_id, picture.attempts, prepared, here.settings.own_sites)
        if source is not None:
            kept = []
    except Refused as refused:
        log.info("picture refused", id=str(picture_id), reason=refused.code, detail=refused.detail)
        _fail(here, picture_id, refused.code)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        for file in kept:  # made, but no row names them
            here.store.erase(file["name"])
    if source is not None:
        here.store.erase(source)


def _fail(here: "Porchlight", picture_id: uuid.UUID, code: str) -> None:
    with here.database.write(SYSTEM, here.clock) as act:
        source = service.picture_failed(act, picture_id, code)
    if source is not None:
        here.store.erase(source)


def _erase(here: "Porchlight") -> None:
    with here.database.write(SYSTEM, here.clock) as act:
        names = service.erase_refused(act)
    for name in names:
        here.store.erase(name)


def _sweep(here: "Porchlight") -> None:
    def known(names: list[str]) -> set[str]:
        with here.database.read(SYSTEM, here.clock) as act:
            return queries.known_files(act).intersection(names)

    for folder in ("bulletins", "bulletin-uploads"):
        here.store.sweep(folder, known)


JOB = Kind("agency picture", AgencyPicture, _prepare, lambda here, picture_id: _fail(here, picture_id, "failed"))
DUE = Chore("publish what is due", 15, publish_due)
CHORES = (
    DUE,
    Chore("fade what is over", 60, fade),
    Chore("erase refused pictures", 3600, _erase),
    Chore("sweep agencies' pictures", 3600, _sweep),
)
