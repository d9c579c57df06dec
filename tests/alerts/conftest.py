import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alerts.tools import PushService, certificate, push_service
from tests.helpers import Town


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def pushes(tls: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    """A push service whose certificate this machine trusts for as long as the test runs."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tls[0]))
    with push_service(*tls) as service:
        yield service


@pytest.fixture
def push_town(tmp_path: Path, empty_database: Path, pushes: PushService) -> Iterator[Town]:
    """A town whose operator trusts that push service."""
    shutil.copy(empty_database, tmp_path / "porchlight.sqlite")
    made = Town(tmp_path, push_hosts=pushes.address)
    yield made
    made.here.database.engine.dispose()
