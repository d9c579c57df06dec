"""Files: sealed clips, posters, uploads and shared media, each named by its row and put in a folder by day.

A file is staged under a temporary name, checked, made durable, and renamed into place *before* its row is
committed. If the commit fails, the file has no row, and the sweep takes it away. No Flask here.
"""

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

CHUNK = 256 * 1024
ORPHAN_SECONDS = 3600.0


class TooLarge(Exception):
    """More bytes came than were allowed; nothing was kept."""


@dataclass(frozen=True)
class Staged:
    """Bytes that have arrived in full, not yet in place. `sha256` is the digest of all of them."""

    path: Path
    size: int
    sha256: bytes

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)


class Store:
    """A folder of files whose names the database knows. Names look like `clips/2026/11/24/<uuid>.age`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.staging = root / "staging"

    def prepare(self) -> None:
        self.staging.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        """The file's path. Raises ValueError for a name that would leave the store."""
        path = (self.root / name).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise ValueError(f"{name!r} is not a name of this store")
        return path

    def stage(self, chunks: Iterable[bytes], limit: int, head: Callable[[bytes], None] | None = None) -> Staged:
        """Write `chunks` to a temporary file, in constant memory.

        `head` is called once with the first bytes (up to CHUNK) and may raise to refuse early. Raises TooLarge past
        `limit` bytes. Whatever is raised, nothing stays behind.
        """
        path = self.staging / uuid.uuid4().hex
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("xb") as file:
                for chunk in chunks:
                    if head is not None:
                        head(chunk)
                        head = None
                    size += len(chunk)
                    if size > limit:
                        raise TooLarge(size)
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Staged(path, size, digest.digest())

    def keep(self, staged: Staged | Path, folder: str, stem: str, suffix: str, day: datetime) -> str:
        """Rename what was staged into place and make the rename durable. Returns the file's name in the store."""
        name = f"{folder}/{day:%Y/%m/%d}/{stem}{suffix}"
        target = self.path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        source = staged.path if isinstance(staged, Staged) else staged
        os.replace(source, target)
        handle = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        return name

    def erase(self, name: str) -> None:
        self.path(name).unlink(missing_ok=True)

    def scratch(self) -> Path:
        """A new empty folder inside the staging area; swept away like everything else there."""
        path = self.staging / uuid.uuid4().hex
        path.mkdir()
        return path

    def sweep(self, folder: str, known: Callable[[list[str]], set[str]], now: float | None = None) -> int:
        """Delete files of `folder` that are older than an hour and whose names no row knows.

        `known` is given names in batches and returns those that have a row. Returns how many files went.
        """
        now, gone, batch = now or time.time(), 0, []

        def flush() -> None:
            nonlocal gone
            for name in set(batch) - known(batch):
                self.erase(name)
                gone += 1
            batch.clear()

        for path in (self.root / folder).rglob("*"):
            if path.is_file() and now - path.stat().st_mtime > ORPHAN_SECONDS:
                batch.append(path.relative_to(self.root).as_posix())
                if len(batch) == 500:
                    flush()
        flush()
        return gone

    def sweep_staging(self, now: float | None = None) -> int:
        """Delete what was staged over an hour ago and never kept: a cut-off upload, a killed encoding."""
        now, gone = now or time.time(), 0
        for path in self.staging.iterdir():
            if now - path.stat().st_mtime > ORPHAN_SECONDS:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
                gone += 1
        return gone
