"""What the portal is promised of the child that reads strangers' files, whatever the files do."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some
from PIL import Image

import portal
from portal.media.process import CHILD, LIMITS, CrashedChild, Limits, Refused, check, encode
from tests.media import files

ROOT = Path(portal.__file__).parents[1]
quietly = settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def tight(**changes) -> Limits:
    """The usual limits with other budgets, for both acts."""
    return replace(LIMITS, check=replace(LIMITS.check, **changes), encode=replace(LIMITS.encode, **changes))


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children() -> list[int]:
    """The processes that this one started and that still run."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and running(int(folder.name)):
            status = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(status[1]) == os.getpid():
                found.append(int(folder.name))
    return found


def too_costly(resource: str, act) -> None:
    before = children()
    with pytest.raises(Refused) as refused:
        act()
    assert (refused.value.code, refused.value.params) == ("too-costly", {"resource": resource})
    assert children() == before


def test_progress_goes_from_0_to_100(slow, out):
    said = []
    encode(slow, out, "video", said.append)
    assert (said[0], said[-1]) == (0, 100)
    assert said == sorted(said)
    assert len(set(said)) > 4


def test_a_caller_who_has_enough_ends_it(slow, out):
    class Enough(Exception):
        pass

    def progress(percent):
        if percent > 0:
            raise Enough

    before = children()
    with pytest.raises(Enough):
        encode(slow, out, "video", progress)
    assert children() == before
    assert list(out.iterdir()) == [out / "earlier"]


def test_memory_has_an_end(tmp_path, out):
    path = tmp_path / "a.png"
    Image.new("RGB", (6000, 6000)).save(path)
    limits = tight(memory=96 * 2**20)
    too_costly("memory", lambda: check(path, "picture", limits=limits))
    too_costly("memory", lambda: encode(path, out, "picture", lambda percent: None, limits=limits))
    assert list(out.iterdir()) == [out / "earlier"]


def test_memory_has_an_end_for_videos_too(slow, out):
    too_costly(
        "memory",
        lambda: encode(slow, out, "video", lambda percent: None, limits=tight(memory=160 * 2**20)),
    )
    assert list(out.iterdir()) == [out / "earlier"]


def test_processor_time_has_an_end(slow, out):
    too_costly("cpu", lambda: encode(slow, out, "video", lambda percent: None, limits=tight(cpu=1)))
    assert list(out.iterdir()) == [out / "earlier"]


def test_waiting_has_an_end(slow, out):
    too_costly("wall", lambda: encode(slow, out, "video", lambda percent: None, limits=tight(wall=0.5)))
    too_costly("wall", lambda: check(slow, "video", limits=tight(wall=0.001)))
    assert list(out.iterdir()) == [out / "earlier"]


@pytest.mark.parametrize("kind", ["picture", "video"])
def test_what_is_written_has_an_end(tmp_path, out, kind):
    path = tmp_path / "a.mp4"
    if kind == "picture":
        Image.effect_noise((300, 200), 80).save(path, "PNG")
    else:
        files.video(path)
    too_costly("disk", lambda: encode(path, out, kind, lambda percent: None, limits=tight(disk=1000)))
    assert list(out.iterdir()) == [out / "earlier"]


def test_the_child_dies_with_its_parent(slow, out):
    program = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from portal.media.process import encode
from tests.media.test_process import children
encode(Path({str(slow)!r}), Path({str(out)!r}), "video", lambda percent: percent and print(*children(),
flush=True))
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        assert running(child)
        parent.kill()
    for _ in range(500):
        if not running(child):
            break
        time.sleep(0.02)
    assert not running(child)


def test_a_child_that_is_killed_by_others_is_worth_another_try(slow, out):
    before = children()

    def progress(percent):
        if percent > 0:
            for pid in set(children()) - set(before):
                os.kill(pid, signal.SIGKILL)

    with pytest.raises(CrashedChild):
        encode(slow, out, "video", progress)
    assert list(out.iterdir()) == [out / "earlier"]


def test_a_folder_that_is_not_there_is_the_callers_mistake(tmp_path, out):
    path = tmp_path / "a.png"
    with pytest.raises(FileNotFoundError):
        check(path, "picture")
    Image.new("RGB", (9, 9)).save(path)
    with pytest.raises(FileNotFoundError):
        encode(path, out / "missing", "picture", lambda percent: None)


def test_the_child_never_meets_the_application():
    program = "import sys, runpy; sys.argv = ['child', '{}']\n"
    program += f"sys.path.insert(0, {str(CHILD)!r})\nimport pictures, videos, confine\n"
    program += "print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"flask", "sqlalchemy", "portal", "numpy"} & set(modules)


@pytest.fixture
def confined(tmp_path) -> set[str]:
    """What a confined process managed to do out of what it tried."""
    secret, folder = tmp_path / "secret", tmp_path / "folder"
    secret.write_text("the town's database")
    folder.mkdir()
    program = f"""
import os, socket, sys
sys.path.insert(0, {str(CHILD)!r})
import confine
confine.lock({str(folder)!r}, [os.path.dirname(os.__file__)])
tries = dict(
    read=lambda: open({str(secret)!r}).read(),
    overwrite=lambda: open({str(secret)!r}, "w"),
    look=lambda: os.listdir("/"),
    link=lambda: os.symlink({str(secret)!r}, {str(folder / "link")!r}),
    phone=lambda: socket.socket(),
    pair=lambda: socket.socketpair(),
    start=lambda: os.execv(sys.executable, [sys.executable, "-c", "print('start')"]),
    strike=lambda: os.kill(os.getppid(), 0),
    work=lambda: open({str(folder / "result")!r}, "w").write("x"),
)
for name, attempt in tries.items():
    try:
        attempt()
    except OSError:
        continue
    print(name, flush=True)
"""
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def landlock() -> bool:
    import ctypes

    return sys.platform == "linux" and ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1) > 0


@pytest.mark.skipif(not landlock(), reason="this kernel has no Landlock")
def test_a_child_that_is_taken_over_reaches_nothing(confined):
    assert confined == {"work"}


@pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")
def test_a_child_that_is_taken_over_opens_no_connection(confined):
    assert not confined & {"phone", "pair", "start"}


def only_refused(path: Path, kind: str, folder: Path) -> None:
    """Whatever the file is: it is encoded, or refused, and a refusal leaves nothing."""
    before = set(folder.iterdir())
    try:
        check(path, kind)
        encode(path, folder, kind, lambda percent: None)
    except Refused:
        assert set(folder.iterdir()) == before


STARTS = [
    b"",
    b"\xff\xd8\xff\xe0\0\x10JFIF\0",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    b"GIF89a",
    b"RIFF\x40\0\0\0WEBPVP8X",
    b"\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\0\x40moov",
    b"\x1a\x45\xdf\xa3\x9f",
    b"RIFF\x40\0\0\0AVI LIST",
]


@quietly
@given(start=some.sampled_from(STARTS), rest=some.binary(max_size=400), kind=some.sampled_from(["picture", "video"]))
@example(start=b"", rest=b"G" * 2000, kind="video")
def test_noise_is_refused(tmp_path, out, start, rest, kind):
    path = tmp_path / "noise"
    path.write_bytes(start + rest)
    only_refused(path, kind, out)


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> list[tuple[str, bytes]]:
    """Files in order, to be damaged."""
    folder = tmp_path_factory.mktemp("sound")
    picture = files.quarters(64, 48)
    made = []
    for format in ("JPEG", "PNG", "GIF", "WEBP", "AVIF"):
        picture.save(folder / format, format, **({} if format == "GIF" else {"exif": files.exif(6)}))
        made.append(("picture", (folder / format).read_bytes()))
    codecs = {"a.mp4": "libx264", "a.mov": "mjpeg", "a.webm": "libvpx", "a.avi": "mpeg4", "a.ts": "libx264"}
    for name, codec in codecs.items():
        path = files.video(folder / name, codec=codec, seconds=0.5)
        made.append(("video", path.read_bytes()))
    return made


@quietly
@given(number=some.integers(0, 9), data=some.data())
def test_damage_is_survived(tmp_path, out, sound, number, data):
    kind, content = sound[number]
    damaged = bytearray(content)
    for _ in range(data.draw(some.integers(1, 12))):
        # the start of a file is where its structure is
        reach = data.draw(some.sampled_from([64, 512, len(damaged)]))
        damaged[data.draw(some.integers(0, min(reach, len(damaged)) - 1))] ^= 1 << data.draw(some.integers(0, 7))
    path = tmp_path / "damaged"
    path.write_bytes(damaged[: data.draw(some.integers(len(damaged) // 2, len(damaged)))])
    only_refused(path, kind, out)
