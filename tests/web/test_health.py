"""What the machine that watches this one is told."""

import pytest

from portal.web import health
from tests.helpers import Town


def test_a_process_that_answers_is_alive_even_without_a_database(town: Town) -> None:
    with town.here.database.engine.execution_options(porchlight_write=True).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    answer = town.app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_a_town_that_can_do_its_work_is_ready(town: Town) -> None:
    answer = town.app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ready", "checks": {"database": True, "disk": True}}


def test_a_database_of_another_version_is_not_ready(town: Town) -> None:
    with town.here.database.engine.execution_options(porchlight_write=True).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    answer = town.app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"] == {"database": False, "disk": True}


def test_a_database_that_was_never_made_is_not_ready(tmp_path: object) -> None:
    town = Town(tmp_path)  # type: ignore[arg-type]
    answer = town.app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"]["database"] is False
    town.here.database.engine.dispose()


def test_a_disk_without_room_is_not_ready(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 2**80)
    answer = town.app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"]["disk"] is False
