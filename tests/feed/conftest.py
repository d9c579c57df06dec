from pathlib import Path

import pytest

from tests.media import files


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A real MP4 of a few frames, with a place and names in its tags."""
    return files.video(tmp_path_factory.mktemp("film") / "porch.mp4", seconds=0.4, sound=True).read_bytes()


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A JPEG that says where it was taken, with which camera, and whose that is."""
    path: Path = tmp_path_factory.mktemp("photo") / "gate.jpg"
    files.quarters(320, 240).save(path, exif=files.exif(), comment=files.SECRET)
    return path.read_bytes()
