"""The parent's side: hand a file to a child, watch the child, and believe little of what it says.

The file is opened here and given to the child as its standard input, so the child never opens anything by
name. Its answer is checked as if the file had written it, because a file that takes over a decoder could
have.
"""

import json
import os
import re
import selectors
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

from portal.media import kinds

CHILD = Path(__file__).parent / "child"
CODES = frozenset(("unknown-type", "broken", "truncated", "too-many-pixels", "too-long", "no-picture", "too-costly"))
PROGRESS_SECONDS = 0.25
HEARTBEAT_SECONDS = 1.0
CHECKS_AT_ONCE = 2  # in one process: uploads that come together wait for each other, so memory has an end too
_checks = threading.BoundedSemaphore(CHECKS_AT_ONCE)
_ANSWER_BYTES = 1 << 20
MOST_CODES, _CODE_LETTERS = 40, 4000  # a QR code holds 4,296 letters at most
_MIMES = {"picture": "image/webp", "poster": "image/webp", "video": "video/mp4"}
_NAMES = {"picture": r"picture-\d{1,4}\.webp", "poster": r"poster-\d{1,4}\.webp", "video": r"video\.mp4"}
_ROLES = {"picture": {"picture"}, "video": {"poster", "video"}}
# Signals by which a decoder ends that stumbled over its file.
_STUMBLED = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGSYS)


@dataclass(frozen=True)
class Budget:
    """What one child may use: bytes of address space, seconds of processor time, seconds by the clock on
    the wall, and bytes in any one file that it writes."""

    memory: int
    cpu: int
    wall: float
    disk: int = 0


@dataclass(frozen=True)
class Limits:
    """Pixels in a picture and in a frame of a video, a video's seconds, and the budgets of the two acts."""

    picture_pixels: int = 64_000_000
    video_pixels: int = 4096 * 2304
    seconds: float = 600.0
    check: Budget = field(default=Budget(memory=1536 * 2**20, cpu=20, wall=30.0))
    encode: Budget = field(default=Budget(memory=1536 * 2**20, cpu=1800, wall=3000.0, disk=512 * 2**20))


LIMITS = Limits()


class Refused(Exception):
    """The file is not accepted, and never will be. `code` is one of CODES, `params` are numbers and words
    for its sentence (docs/media.md lists them), and `detail` is for the log only: it may quote the file."""

    def __init__(self, code: str, detail: str = "", **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.params = params


class CrashedChild(Exception):
    """The child ended without an answer, and not by the file's doing as far as can be told: try again
    later."""


@dataclass(frozen=True)
class EncodedFile:
    """One file, durable on disk. `width` and `height` in pixels, `size` in bytes."""

    role: Literal["picture", "poster", "video"]
    path: Path
    mime: str
    width: int
    height: int
    size: int


@dataclass(frozen=True)
class Encoded:
    """What came of an upload: the size of its largest file (pixels), a video's length (seconds; a picture's
    is None), the files, and what a picture's QR and bar codes say, if that was asked for. Pictures and posters come
    smallest first, a video after its posters."""

    kind: Literal["picture", "video"]
    width: int
    height: int
    seconds: float | None
    files: tuple[EncodedFile, ...]
    codes: tuple[str, ...] = ()


def check(source: Path, kind: Literal["picture", "video"], *, limits: Limits = LIMITS) -> None:
    """Look whether `source` can be shared as `kind`: quick enough to answer an upload with.

    Reads the header, all packets of a video, and decodes one frame. At most CHECKS_AT_ONCE run at a time; the
    others wait. Raises Refused, CrashedChild (also after waiting for too long), and OSError when `source`
    cannot be opened.
    """
    with source.open("rb") as file:
        request = _request(file, kind, limits, limits.check)
        if not _checks.acquire(timeout=limits.check.wall):
            raise CrashedChild("too many files are being looked at")
        try:
            _run(request, file, Path("/"), limits.check, None)
        finally:
            _checks.release()


def encode(
    source: Path,
    out: Path,
    kind: Literal["picture", "video"],
    progress: Callable[[int], None],
    *,
    keep_audio: bool = False,
    read_codes: bool = False,
    limits: Limits = LIMITS,
) -> Encoded:
    """Encode `source` anew into files in the folder `out`, which exists. All that `check` refuses, this
    refuses too. `read_codes`: say what the QR and bar codes in a picture say.

    `progress` is called with 0 to 100, never falling: first with 0, last with 100, at most four times a
    second between them, and at least about once a second, so that it can renew a lease. It may raise: then
    the child is killed, and the exception goes on to the caller.

    Whatever is raised, `out` is as it was before. Raises Refused, CrashedChild, and OSError when `source`
    cannot be opened or `out` cannot be written.
    """
    with source.open("rb") as file, tempfile.TemporaryDirectory(prefix="encoding-", dir=out) as name:
        folder = Path(name)
        request = _request(file, kind, limits, limits.encode) | {
            "encode": True,
            "keep_audio": keep_audio,
            "read_codes": read_codes,
        }
        progress(0)
        answer = _run(request, file, folder, limits.encode, progress)
        encoded = _believed(answer, kind, folder, out, limits)
        progress(100)
        for each in encoded.files:
            os.replace(folder / each.path.name, each.path)
    return encoded


def _request(file: BinaryIO, kind: str, limits: Limits, budget: Budget) -> dict[str, Any]:
    """What the child is to do. Refuses at once what cannot be `kind` by its first bytes."""
    found = kinds.recognise(file.read(kinds.HEAD_BYTES))
    file.seek(0)
    if found is not None and found.kind == "sound" and kind == "video":
        raise Refused("no-picture")
    if found is None or found.kind != kind:
        raise Refused("unknown-type")
    return {
        "parent": os.getpid(),
        "kind": kind,
        "name": found.name,
        "encode": False,
        "limits": {key: value for key, value in asdict(limits).items() if not isinstance(value, dict)},
        "memory": budget.memory,
        "cpu": budget.cpu,
        "disk": budget.disk,
    }


def _run(
    request: dict[str, Any],
    file: BinaryIO,
    folder: Path,
    budget: Budget,
    progress: Callable[[int], None] | None,
) -> Any:
    """Run a child to its end. Returns what it says is done; kills it, and all that it started, before
    raising."""
    child = subprocess.Popen(
        [sys.executable, "-I", str(CHILD), json.dumps(request)],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        # Fewer arenas: each of them reserves address space, which is what is limited.
        env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
        start_new_session=True,
    )
    try:
        return _listen(child, time.monotonic() + budget.wall, progress)
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        child.stdout.close()
        child.stderr.close()


def _listen(child: subprocess.Popen, deadline: float, progress: Callable[[int], None] | None) -> Any:
    heard = {child.stdout: b"", child.stderr: b""}
    answer: dict[str, Any] = {}
    said, percent, told, told_at = 0, 0, 0, time.monotonic()
    with selectors.DefaultSelector() as ready:
        for pipe in heard:
            ready.register(pipe, selectors.EVENT_READ)
        while ready.get_map():
            now = time.monotonic()
            if now >= deadline:
                raise Refused("too-costly", resource="wall")
            for key, _ in ready.select(min(deadline - now, PROGRESS_SECONDS)):
                pipe = key.fileobj
                data = os.read(pipe.fileno(), 1 << 16)
                if not data:
                    ready.unregister(pipe)
                heard[pipe] += data
                said += len(data) if pipe is child.stdout else 0
            if said > _ANSWER_BYTES:
                raise CrashedChild("the child said too much")
            heard[child.stderr] = heard[child.stderr][-2000:]
            *lines, heard[child.stdout] = heard[child.stdout].split(b"\n")
            for line in lines:
                message = _message(line)
                if isinstance(message.get("progress"), int):
                    percent = max(percent, min(99, message["progress"]))
                else:
                    answer = message
            since = time.monotonic() - told_at
            if progress and since >= (PROGRESS_SECONDS if percent > told else HEARTBEAT_SECONDS):
                told, told_at = percent, time.monotonic()
                progress(percent)
    try:
        status = child.wait(timeout=max(0.1, min(5.0, deadline - time.monotonic())))
    except subprocess.TimeoutExpired:
        raise CrashedChild("the child fell silent and went on") from None
    words = heard[child.stderr].decode(errors="replace")
    if answer.get("refused") in CODES and status == 0:
        raise _refusal(answer)
    if "done" in answer and status == 0:
        return answer["done"]
    if status == -signal.SIGXCPU:
        raise Refused("too-costly", resource="cpu")
    if -status in _STUMBLED:
        # Not tried again: a crash may be an attack that missed, and each try is another throw of the dice.
        raise Refused("broken", detail=f"the child ended by {signal.Signals(-status).name}. {words}")
    raise CrashedChild(f"the child ended with status {status}. {words}")


def _message(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise CrashedChild("the child said something that is not a message")
    return message


def _refusal(answer: dict[str, Any]) -> Refused:
    params = answer.get("params")
    params = params if isinstance(params, dict) else {}
    known = ("width", "height", "limit", "seconds", "resource")
    kept = {key: params[key] for key in known if isinstance(params.get(key), int | float | str)}
    return Refused(answer["refused"], detail=str(answer.get("detail", ""))[:300], **kept)


def _believed(answer: Any, kind: str, folder: Path, out: Path, limits: Limits) -> Encoded:
    """The child's answer, if it can be true: plain files, of names, numbers and sizes that an honest child
    writes."""
    try:
        files = []
        for said in answer["files"]:
            role, name = said["role"], said["name"]
            if role not in _ROLES[kind] or not re.fullmatch(_NAMES[role], name):
                raise ValueError(f"a {role} named {name}")
            path = folder / name
            status = os.lstat(path)
            if not (stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and status.st_size > 0):
                raise ValueError(f"{name} is not a plain file with something in it")
            _make_durable(path)
            width, height = _pixels(said)
            files.append(EncodedFile(role, out / name, _MIMES[role], width, height, status.st_size))
        if {file.role for file in files} != _ROLES[kind] or len({file.path for file in files}) != len(files):
            raise ValueError("files are missing, or named twice")
        seconds = None if kind == "picture" else float(answer["seconds"])
        if seconds is not None and not 0 < seconds < 2 * limits.seconds:
            raise ValueError(f"{seconds} seconds")
        codes = tuple(str(code)[:_CODE_LETTERS] for code in answer.get("codes", ())[:MOST_CODES])
        return Encoded(kind, *_pixels(answer), seconds, tuple(files), codes)
    except (KeyError, TypeError, ValueError, FileNotFoundError) as error:
        raise CrashedChild(f"the child's answer cannot be true: {error!r}") from error


def _pixels(said: dict[str, Any]) -> tuple[int, int]:
    width, height = said["width"], said["height"]
    if not (isinstance(width, int) and isinstance(height, int) and 0 < width < 2**15 and 0 < height < 2**15):
        raise ValueError(f"{width} x {height} pixels")
    return width, height


def _make_durable(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
