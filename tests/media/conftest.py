"""One video for all tests that need a slow one."""

from pathlib import Path

import pytest

from tests.media import files


@pytest.fixture(scope="session")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds of 1280 x 720: seconds of work for a processor."""
    return files.repeated(tmp_path_factory.mktemp("slow") / "slow.mkv", seconds=20)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder where results go, with something in it that was there before."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "earlier").write_text("kept")
    return folder
