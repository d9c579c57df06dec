"""What the database promises: no write is lost, no reader writes, nothing stands by halves."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError, StatementError

from portal import db
from portal.accounts.models import Account, Household
from portal.clock import FixedClock
from portal.db import SYSTEM, Busy, Counter, new_id, next_number
from portal.web.context import reading, writing
from tests import factories
from tests.helpers import NOON, Town


def value(town: Town, name: str = "bench") -> int:
    with town.reading() as act:
        return act.session.scalar(select(Counter.value).where(Counter.name == name)) or 0


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work` in `count` threads that begin at the same moment."""
    gate = threading.Barrier(count)

    def begin(number: int) -> Any:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


@contextmanager
def lock_held(town: Town) -> Iterator[None]:
    """Another program that keeps the write lock to itself."""
    path = town.here.settings.data / "porchlight.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@pytest.fixture
def impatient_town(monkeypatch: pytest.MonkeyPatch, town: Town) -> Town:
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.1)
    town.here.database.engine.dispose()  # the next connections read the constant anew
    return town


def test_of_120_updates_at_the_same_time_none_is_lost(town: Town) -> None:
    with town.acting() as act:
        act.session.add(Counter(name="bench", value=0))

    def read_then_write(_number: int) -> None:
        for _ in range(10):
            with town.acting() as act:
                seen = act.session.scalar(select(Counter.value).where(Counter.name == "bench"))
                act.session.execute(update(Counter).where(Counter.name == "bench").values(value=seen + 1))

    together(12, read_then_write)
    assert value(town) == 120


def test_numbers_are_never_skipped_and_never_given_twice(town: Town) -> None:
    def take(number: int) -> list[int]:
        taken = []
        for turn in range(6):
            count = 1 + (number + turn) % 3
            with town.acting() as act:
                first = next_number(act.session, "bench", count)
            taken += range(first, first + count)
        return taken

    taken = [number for numbers in together(8, take) for number in numbers]
    assert sorted(taken) == list(range(1, len(taken) + 1))


def test_a_number_that_was_rolled_back_is_given_again(town: Town) -> None:
    with pytest.raises(KeyError), town.acting() as act:
        next_number(act.session, "bench")
        raise KeyError
    with town.acting() as act:
        assert next_number(act.session, "bench") == 1


def test_a_reading_act_cannot_write(town: Town) -> None:
    with town.reading() as act:
        act.session.add(Household(id=new_id(), address="1 Maple Street", created_at=act.now))
        with pytest.raises(OperationalError, match="readonly"):
            act.session.flush()
    with town.reading() as act, pytest.raises(OperationalError, match="readonly"):
        act.session.execute(text("DELETE FROM counter"))


def test_a_page_that_shows_something_cannot_write(town: Town) -> None:
    with town.app.test_request_context("/"):
        act = reading()
        act.session.add(Household(id=new_id(), address="1 Maple Street", created_at=act.now))
        with pytest.raises(OperationalError, match="readonly"):
            act.session.flush()


def test_a_connection_that_wrote_reads_only_again_afterwards(town: Town) -> None:
    for _ in range(12):  # more often than the pool has connections
        with town.acting() as act:
            next_number(act.session, "bench")
        with town.reading() as act, pytest.raises(OperationalError, match="readonly"):
            act.session.execute(text("UPDATE counter SET value = 0"))
    assert value(town) == 12


def test_one_act_inside_another_is_a_mistake_that_is_said(town: Town) -> None:
    with town.acting(), pytest.raises(RuntimeError, match="pass the act along"), town.acting():
        pass
    with town.acting() as act:  # and the thread is not marked for ever
        next_number(act.session, "bench")


def test_what_fails_half_way_leaves_nothing(town: Town) -> None:
    with pytest.raises(ZeroDivisionError), town.acting() as act:
        act.session.add(Household(id=new_id(), address="1 Maple Street", created_at=act.now))
        act.session.flush()
        raise ZeroDivisionError
    with town.reading() as act:
        assert act.session.scalar(select(func.count()).select_from(Household)) == 0


def test_a_writer_that_waits_too_long_is_told_and_has_changed_nothing(impatient_town: Town) -> None:
    town = impatient_town
    with lock_held(town):
        with pytest.raises(Busy), town.acting() as act:
            next_number(act.session, "bench")
        assert value(town) == 0, "readers go on meanwhile"
    with town.acting() as act:
        next_number(act.session, "bench")
    assert value(town) == 1


def test_a_page_that_cannot_write_in_time_says_when_to_try_again(impatient_town: Town) -> None:
    town = impatient_town
    rosa = factories.resident(town, "Rosa")
    browser = town.browser(rosa)
    browser.token()
    with lock_held(town):
        page = browser.post("/account/sessions/end")
        assert page.status == 503
        assert int(page.response.headers["Retry-After"]) > 0
        assert "try again" in page.words
        assert browser.get("/account").status == 200, "reading goes on"
    with town.reading() as act:
        assert act.session.get_one(Account, rosa.id).session_key == rosa.session_key
    assert browser.post("/account/sessions/end").status == 303


def test_a_device_that_cannot_write_in_time_gets_a_problem_that_says_when_to_try_again(impatient_town: Town) -> None:
    town = impatient_town
    owner = factories.Owner(town, factories.resident(town, "Rosa"))
    _device, token = factories.device(town, owner.account)
    event = factories.event(NOON)
    with lock_held(town):
        answer = town.device(token).post("events", {"events": [event]})
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json["type"] == "/api/v1/problems#busy"
    answer = town.device(token).post("events", {"events": [event]})
    assert answer.json["results"][0]["status"] == "accepted", "it was not half taken"


def test_requests_in_all_threads_can_look_and_then_write_without_waiting_for_each_others_connections(
    town: Town,
) -> None:
    threads = town.here.settings.threads
    looked = threading.Barrier(threads)

    def look_then_write(_number: int) -> None:
        with town.app.test_request_context("/"):
            reading().session.scalar(select(func.count()).select_from(Account))
            looked.wait(timeout=20)  # all of them hold what they read with
            with writing() as act:
                next_number(act.session, "bench")

    together(threads, look_then_write)
    assert value(town) == threads


def test_a_request_reads_what_it_has_just_written(town: Town) -> None:
    with town.app.test_request_context("/"):
        count = select(func.count()).select_from(Household)
        assert reading().session.scalar(count) == 0
        with writing() as act:
            act.session.add(Household(id=new_id(), address="1 Maple Street", created_at=act.now))
        assert reading().session.scalar(count) == 1


def test_an_instant_without_a_time_zone_is_refused(town: Town) -> None:
    with pytest.raises(StatementError, match="no time zone"), town.acting() as act:
        act.session.add(Household(id=new_id(), address="1 Maple Street", created_at=datetime(2026, 5, 14, 12)))
        act.session.flush()


def test_an_instant_comes_back_as_the_same_instant_in_utc(town: Town) -> None:
    there = datetime(2026, 5, 14, 12, 0, 0, 250, tzinfo=timezone(timedelta(hours=-4)))
    with town.acting() as act:
        act.session.add(Household(id=new_id(), address="1 Maple Street", created_at=there))
    with town.reading() as act:
        found = act.session.scalars(select(Household.created_at)).one()
    assert found == there
    assert found.tzinfo == UTC


def test_an_acknowledged_write_is_on_the_disk(town: Town) -> None:
    with town.here.database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "FULL"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_ids_sort_by_the_time_they_were_made() -> None:
    ids = [new_id() for _ in range(500)]
    assert ids == sorted(ids)
    assert {made.version for made in ids} == {7}


def test_an_act_knows_its_time_from_the_clock_it_was_given(tmp_path: Path, town: Town) -> None:
    then = datetime(2020, 2, 29, tzinfo=UTC)
    with town.here.database.write(SYSTEM, FixedClock(then)) as act:
        assert act.now == then
