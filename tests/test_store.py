"""The store of files: names stay inside, nothing is kept by halves, and only what nobody knows is swept away."""

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.store import CHUNK, ORPHAN_SECONDS, Store, TooLarge
from tests.helpers import NOON

LONG_AGO = time.time() - ORPHAN_SECONDS - 60


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "files")
    made.prepare()
    return made


def kept(store: Store, data: bytes = b"sealed", folder: str = "clips", stem: str = "one") -> str:
    return store.keep(store.stage([data], 100), folder, stem, ".age", NOON)


def age(path: Path, at: float = LONG_AGO) -> None:
    os.utime(path, (at, at))


def everything(store: Store) -> list[str]:
    return sorted(path.relative_to(store.root).as_posix() for path in store.root.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", ["../secret", "clips/../../secret", "/etc/passwd", "clips/../../files-of-others/x"])
def test_a_name_that_would_leave_the_store_is_refused(store: Store, name: str) -> None:
    outside = store.root.parent / "secret"
    outside.write_text("keep me")
    for use in (store.path, store.erase):
        with pytest.raises(ValueError, match="not a name of this store"):
            use(name)
    assert outside.exists()


def test_a_link_that_leads_out_of_the_store_is_refused(store: Store) -> None:
    (store.root / "out").symlink_to("/etc")
    with pytest.raises(ValueError, match="not a name of this store"):
        store.path("out/passwd")


@given(st.lists(st.sampled_from(["..", ".", "clips", "a", "", "..."]), max_size=7))
def test_no_path_is_ever_outside(parts: list[str]) -> None:
    store = Store(Path("/srv/porchlight/files"))
    try:
        path = store.path("/".join(parts))
    except ValueError:
        return
    assert path.is_relative_to("/srv/porchlight/files")


def test_a_file_is_kept_whole_under_its_day(store: Store) -> None:
    data = os.urandom(2 * CHUNK + 7)
    staged = store.stage([data[:CHUNK], data[CHUNK:]], len(data))
    assert (staged.size, staged.sha256) == (len(data), hashlib.sha256(data).digest())
    name = store.keep(staged, "clips", "one", ".age", NOON)
    assert name == "clips/2026/05/14/one.age"
    assert store.path(name).read_bytes() == data
    assert everything(store) == [name], "nothing is left in the staging area"


def test_more_bytes_than_allowed_leave_nothing(store: Store) -> None:
    with pytest.raises(TooLarge):
        store.stage([b"x" * 60, b"x" * 41], 100)
    assert everything(store) == []
    assert store.stage([b"x" * 60, b"x" * 40], 100).size == 100, "the limit itself is allowed"


def test_a_sender_that_goes_away_leaves_nothing(store: Store) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.stage(broken(), 100)
    assert everything(store) == []


def test_a_file_can_be_refused_by_its_first_bytes_alone(store: Store) -> None:
    read = []

    def body() -> Iterator[bytes]:
        for number in range(3):
            read.append(number)
            yield b"not sealed"

    def refuse(_head: bytes) -> None:
        raise PermissionError

    with pytest.raises(PermissionError):
        store.stage(body(), 100, refuse)
    assert read == [0], "the rest is not even read"
    assert everything(store) == []


def test_the_sweep_takes_old_files_without_a_row_and_nothing_else(store: Store) -> None:
    orphan, known, young = kept(store, stem="orphan"), kept(store, stem="known"), kept(store, stem="young")
    other_folder = kept(store, folder="posters", stem="other")
    for name in (orphan, known, other_folder):
        age(store.path(name))
    assert store.sweep("clips", lambda names: set(names) & {known}) == 1
    assert everything(store) == sorted([known, young, other_folder])


def test_a_file_just_short_of_an_hour_old_may_still_get_its_row(store: Store) -> None:
    name, now = kept(store), time.time()
    age(store.path(name), now - ORPHAN_SECONDS + 1)
    assert store.sweep("clips", lambda _names: set(), now) == 0
    assert store.sweep("clips", lambda _names: set(), now + 2) == 1


def test_the_sweep_asks_for_many_names_in_batches(store: Store) -> None:
    asked: list[int] = []
    (store.root / "clips").mkdir()
    for number in range(501):
        path = store.root / "clips" / f"{number}.age"
        path.touch()
        age(path)

    def known(batch: list[str]) -> set[str]:
        asked.append(len(batch))
        return set(batch[1:])

    assert store.sweep("clips", known) == 2
    assert asked == [500, 1]


def test_a_folder_that_is_not_there_is_swept_without_fuss(store: Store) -> None:
    assert store.sweep("clips", lambda _names: set()) == 0


def test_what_was_staged_long_ago_and_never_kept_is_swept(store: Store) -> None:
    old_upload, young_upload = store.stage([b"old"], 9), store.stage([b"young"], 9)
    old_scratch, young_scratch = store.scratch(), store.scratch()
    (old_scratch / "frame.jpg").write_bytes(b"x")
    for path in (old_upload.path, old_scratch):
        age(path)
    assert store.sweep_staging() == 2
    assert sorted(store.staging.iterdir()) == sorted([young_upload.path, young_scratch])


def test_erasing_twice_is_no_error(store: Store) -> None:
    name = kept(store)
    store.erase(name)
    store.erase(name)
    assert everything(store) == []
