"""`porchlight lint-text`: a text a line in, a JSON object a line out, with nothing set up."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def lint(tmp_path: Path, rule: str, text: bytes) -> list[dict]:
    done = subprocess.run(
        [sys.executable, "-c", "from portal.cli import main; main()", "lint-text", "--rule", rule],
        input=text,
        capture_output=True,
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("PORCHLIGHT_")}
        | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        timeout=60,
    )
    assert done.returncode == 0 and done.stderr == b"", done.stderr.decode()
    assert list(tmp_path.iterdir()) == [], "it leaves nothing behind"
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def test_each_line_has_its_answer(tmp_path: Path) -> None:
    good, bad, empty, odd, spanish = lint(
        tmp_path,
        "R5",
        b"A tall person in a red jacket tried three car doors\nA black man tried three car doors\r\n\n"
        + b"\xff\xfe broken \x00 bytes\n"
        + b"Un coche negro en la calle",
    )
    assert good == {"held": False, "rule": "R5", "spans": [], "language": "en", "why": ""}
    assert bad["spans"] == [{"start": 2, "end": 11, "words": "black man", "reason": "race"}]
    assert bad["held"] is True and bad["why"].startswith("“black man”: ") and bad["why"].endswith(".")
    assert empty["held"] is odd["held"] is spanish["held"] is False
    assert spanish["language"] == "es"


@pytest.mark.parametrize(("text", "held"), [(b"Send us your video", True), (b"Lock your doors", False)])
def test_it_knows_rule_r1_as_well(tmp_path: Path, text: bytes, held: bool) -> None:
    (answer,) = lint(tmp_path, "R1", text)
    assert answer["held"] is held and answer["rule"] == "R1"


def test_it_answers_line_by_line(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "from portal.cli import main; main()", "lint-text", "--rule", "R5"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parents[2],
    ) as running:
        assert running.stdin and running.stdout
        for text in (b"An ordinary line\n", b"Call me at 555-201-7788\n"):
            running.stdin.write(text)
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["rule"] == "R5"
        running.stdin.close()
