"""Work that outlives a request: each job is done once, whatever happens to the worker that began it."""

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import av
import numpy
from sqlalchemy import func, select

from portal import mail
from portal.audit.models import LedgerEntry
from portal.db import Busy
from portal.feed.models import Media, Post, Rendition
from portal.jobs import MAX_ATTEMPTS, Chore, Kind, Worker, claim, renew
from portal.mail import Mail
from portal.store import ORPHAN_SECONDS
from portal.web.context import Porchlight
from tests import factories
from tests.helpers import SECRET, Town

LEASE = timedelta(seconds=60)
ROOT = Path(__file__).resolve().parent.parent


def write_letters(town: Town, count: int = 1) -> None:
    for number in range(count):
        with town.acting() as act:
            mail.send(act, f"n{number}@maple.example", "Hello", "Words")
        town.later(seconds=1)


def letters(town: Town) -> list[Mail]:
    with town.reading() as act:
        return list(act.session.scalars(select(Mail).order_by(Mail.written_at)))


def take(town: Town) -> uuid.UUID | None:
    with town.acting() as act:
        return claim(act, Mail, LEASE)


def nothing(_here: Porchlight, _id: uuid.UUID) -> None:
    pass


# — Leases —


def test_the_job_that_waited_longest_comes_first(town: Town) -> None:
    write_letters(town, 3)
    waiting = [letter.id for letter in letters(town)]
    assert [take(town), take(town), take(town), take(town)] == [*waiting, None]
    assert {letter.state for letter in letters(town)} == {"working"}
    assert {letter.attempts for letter in letters(town)} == {1}


def test_a_job_that_is_not_due_waits(town: Town) -> None:
    with town.acting() as act:
        mail.send(act, "n@maple.example", "Hello", "Words")
    town.clock.at -= timedelta(seconds=1)
    assert take(town) is None
    town.later(seconds=1)
    assert take(town) is not None


def test_a_job_whose_lease_ran_out_is_anyones_again(town: Town) -> None:
    write_letters(town)
    first = take(town)
    town.later(seconds=59)
    assert take(town) is None
    town.later(seconds=1)
    assert take(town) == first
    assert letters(town)[0].attempts == 2


def test_a_worker_holds_on_by_renewing_until_another_has_taken_over(town: Town) -> None:
    write_letters(town)
    job = take(town)
    for _ in range(3):
        town.later(seconds=50)
        with town.acting() as act:
            assert renew(act, Mail, job, 1, LEASE)
    assert take(town) is None, "it was held all that time"
    town.later(seconds=61)
    assert take(town) == job
    with town.acting() as act:
        assert not renew(act, Mail, job, 1, LEASE), "the first worker is told to stop"
        assert renew(act, Mail, job, 2, LEASE)


def test_workers_that_look_at_the_same_moment_never_share_a_job(town: Town) -> None:
    write_letters(town, 12)
    with ThreadPoolExecutor(6) as pool:
        taken = list(pool.map(lambda _: take(town), range(18)))
    found = [job for job in taken if job is not None]
    assert len(found) == len(set(found)) == 12


def test_looking_for_work_takes_no_write_lock(town: Town) -> None:
    with town.acting(), ThreadPoolExecutor(1) as pool:  # somebody else is writing all the while
        assert pool.submit(Worker(town.here, [mail.JOB]).run_one).result() is False


# — Failures —


def failing(tries: list[float], town: Town) -> Callable[[Porchlight, uuid.UUID], None]:
    def work(_here: Porchlight, _id: uuid.UUID) -> None:
        tries.append(town.clock.now().timestamp())
        raise ConnectionRefusedError

    return work


def test_a_job_that_fails_is_tried_again_ever_later_and_given_up_in_the_end(town: Town) -> None:
    write_letters(town)
    tries: list[float] = []
    given_up: list[uuid.UUID] = []

    def give_up(here: Porchlight, job_id: uuid.UUID) -> None:
        given_up.append(job_id)
        mail.JOB.give_up(here, job_id)

    worker = Worker(town.here, [Kind("mail", Mail, failing(tries, town), give_up)])
    for _ in range(2000):
        worker.run_one()
        town.later(seconds=1)
    assert len(tries) == MAX_ATTEMPTS
    assert [round(later - earlier) for earlier, later in zip(tries, tries[1:], strict=False)] == [10, 40, 160]
    assert given_up == [letters(town)[0].id], "once"
    assert letters(town)[0].state == "failed"
    assert letters(town)[0].body == "", "a letter that never went keeps no link"


def test_one_job_that_fails_holds_up_no_other(town: Town) -> None:
    write_letters(town, 3)
    bad, done = letters(town)[0].id, []

    def work(_here: Porchlight, job_id: uuid.UUID) -> None:
        if job_id == bad:
            raise ValueError
        done.append(job_id)
        mail._finish(town.here, job_id, "done")

    Worker(town.here, [Kind("mail", Mail, work, nothing)]).drain()
    assert done == [letter.id for letter in letters(town)[1:]]


def test_a_worker_that_fails_after_its_lease_ran_out_does_not_disturb_the_next(town: Town) -> None:
    write_letters(town)

    def slow_and_wrong(_here: Porchlight, job_id: uuid.UUID) -> None:
        town.later(seconds=61)
        assert take(town) == job_id  # another worker takes it over meanwhile
        raise ConnectionRefusedError

    Worker(town.here, [Kind("mail", Mail, slow_and_wrong, nothing)]).run_one()
    (letter,) = letters(town)
    assert (letter.state, letter.attempts) == ("working", 2)
    with town.acting() as act:
        assert renew(act, Mail, letter.id, 2, LEASE), "the second worker still holds it"


def test_a_worker_goes_on_after_the_database_was_busy(town: Town) -> None:
    write_letters(town)
    stop, calls = threading.Event(), []

    def work(_here: Porchlight, job_id: uuid.UUID) -> None:
        mail._finish(town.here, job_id, "done")
        stop.set()

    class Unlucky(Worker):
        def run_one(self) -> bool:
            calls.append(1)
            if len(calls) == 1:
                raise Busy
            return super().run_one()

    thread = threading.Thread(target=Unlucky(town.here, [Kind("mail", Mail, work, nothing)]).run, args=(stop,))
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    assert letters(town)[0].state == "done"


# — Chores —


def test_chores_are_done_at_the_start_and_again_when_they_are_due(town: Town) -> None:
    done: list[str] = []
    often = Chore("often", 0, lambda _here: done.append("often"))
    hourly = Chore("hourly", 3600, lambda _here: done.append("hourly"))
    worker = Worker(town.here, [], [often, hourly])
    for _ in range(3):
        worker.run_chores()
    assert done == ["often", "hourly", "often", "often"]


def test_a_chore_that_fails_holds_up_no_other(town: Town) -> None:
    done: list[str] = []

    def broken(_here: Porchlight) -> None:
        raise OSError("disk full")

    worker = Worker(town.here, [], [Chore("broken", 0, broken), Chore("good", 0, lambda _here: done.append("good"))])
    worker.run_chores()
    worker.run_chores()
    assert done == ["good", "good"]


def test_a_running_worker_does_jobs_and_chores_until_it_is_told_to_stop(town: Town) -> None:
    write_letters(town, 2)
    stop, swept = threading.Event(), threading.Event()
    worker = Worker(town.here, [mail.JOB], [Chore("sweep", 3600, lambda _here: swept.set())])
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    wait_for(lambda: {letter.state for letter in letters(town)} == {"done"})
    assert swept.is_set()
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


# — A worker that is killed —


def wait_for(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.02)


@contextmanager
def worker_process(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    environ = os.environ | {
        "PORCHLIGHT_SECRET_KEY": SECRET,
        "PORCHLIGHT_DATA": str(data),
        "PORCHLIGHT_JOB_LEASE_SECONDS": "2",
    }
    process = subprocess.Popen([sys.executable, "-m", "portal.cli", "worker"], env=environ, cwd=ROOT)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def children(pid: int) -> set[int]:
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        found |= {int(child) for child in (task / "children").read_text().split()}
    return found


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def long_film(path: Path, seconds: int = 9) -> bytes:
    """A film with much to do in each picture."""
    noise = numpy.random.default_rng(7).integers(0, 255, (720, 2560, 3), dtype=numpy.uint8)
    with av.open(str(path), "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=25, options={"preset": "ultrafast", "crf": "30"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        for number in range(25 * seconds):
            shift = number * 4 % 1280
            picture = numpy.ascontiguousarray(noise[:, shift : shift + 1280] // 3)
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                film.mux(packet)
        for packet in stream.encode():
            film.mux(packet)
    return path.read_bytes()


def test_a_film_whose_worker_is_killed_half_way_is_prepared_exactly_once(town: Town, tmp_path: Path) -> None:
    rosa = factories.resident(town, "Rosa")
    film = long_film(tmp_path / "film.mp4")
    post = factories.post(town, rosa, uploads=[factories.upload(town, film, kind="video")])
    data = town.here.settings.data

    def media() -> Media:
        with town.reading() as act:
            return act.session.scalars(select(Media)).one()

    with worker_process(data) as process:
        wait_for(lambda: media().state == "working" and 0 < media().progress < 90 and children(process.pid) != set())
        encoders = children(process.pid)
        process.kill()
        process.wait()
    wait_for(lambda: not any(alive(pid) for pid in encoders), 10)
    half_way = media()
    assert (half_way.state, half_way.attempts) == ("working", 1), "it was killed in the middle of it"
    assert any(town.here.store.staging.iterdir()), "and left its pieces behind"

    with worker_process(data) as process:
        wait_for(lambda: media().state == "done", 90)
        wait_for(lambda: media().source is None)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0, "a worker that is told to stop says goodbye"

    assert media().attempts == 2
    with town.reading() as act:
        renditions = list(act.session.scalars(select(Rendition)))
        made = act.session.get_one(Post, post.id)
        published = act.session.scalar(
            select(func.count()).where(LedgerEntry.kind == "post.published", LedgerEntry.subject_id == post.id)
        )
    assert made.state == "visible"
    assert published == 1
    kinds = [rendition.kind for rendition in renditions]
    assert kinds.count("video") == 1
    assert len({(rendition.kind, rendition.width) for rendition in renditions}) == len(renditions)

    for path in town.here.store.root.rglob("*"):
        old = time.time() - ORPHAN_SECONDS - 60
        os.utime(path, (old, old))
    town.chores()
    assert town.files() == sorted(rendition.name for rendition in renditions), "no raw upload, and no orphan"
    assert list(town.here.store.staging.iterdir()) == []
    player = town.browser(rosa).get(f"/posts/{post.id}").soup.video
    assert town.browser(rosa).client.get(player.source["src"]).mimetype == "video/mp4"


def test_a_worker_says_what_to_do_when_the_database_was_never_made(tmp_path: Path) -> None:
    environ = os.environ | {"PORCHLIGHT_SECRET_KEY": SECRET, "PORCHLIGHT_DATA": str(tmp_path)}
    command = [sys.executable, "-m", "portal.cli", "worker"]
    ended = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "run `porchlight init` first" in ended.stderr
