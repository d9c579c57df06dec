"""The country that does not exist: as large as promised, the same from the same seed, and nobody real in it."""

import csv
import io
import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from simulator import national
from simulator.__main__ import main

ROWS = list(national.agencies("maple"))


def test_it_has_as_many_members_as_a_country() -> None:
    members = Counter(row["kind"] for row in ROWS if not row["left_on"])
    assert members["police"] >= 2500
    assert members["fire"] >= 570
    assert members["government"] == 12
    assert any(row["left_on"] for row in ROWS), "and some that left"


def test_the_same_seed_makes_the_same_and_another_another() -> None:
    assert list(national.agencies("maple")) == ROWS
    other = list(national.agencies("oak"))
    assert len(other) == len(ROWS) and other != ROWS


@pytest.mark.parametrize("column", ["slug", "email"])
def test_each_has_an_address_of_its_own_that_nobody_can_have(column: str) -> None:
    values = [row[column] for row in ROWS]
    assert len(set(values)) == len(values)
    assert column == "slug" or all(value.endswith(".example") for value in values)
    assert all(row["website"].endswith(".example/") for row in ROWS if row["website"])


def test_they_joined_along_a_curve_from_2018_to_2023() -> None:
    years = Counter(row["joined_on"][:4] for row in ROWS)
    assert sorted(years) == ["2018", "2019", "2020", "2021", "2022", "2023"]
    assert years["2018"] < years["2019"] < years["2020"] < years["2021"] > years["2022"] > years["2023"]
    assert all(row["joined_on"] <= row["left_on"] for row in ROWS if row["left_on"])


def test_each_is_responsible_for_a_round_place_far_from_any_coast() -> None:
    for row in ROWS:
        (ring,) = json.loads(row["jurisdiction"])["coordinates"]
        assert ring[0] == ring[-1] and len(ring) == 13
        assert all(-172.5 < longitude < -147 and 17 < latitude < 31 for longitude, latitude in ring)


def test_the_command_writes_it_as_a_table(tmp_path: Path) -> None:
    file = tmp_path / "national.csv"
    assert CliRunner().invoke(main, ["national", "--out", str(file)]).exit_code == 0
    printed = CliRunner().invoke(main, ["national", "--seed", "maple"]).stdout_bytes
    assert file.read_bytes() == printed.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"), newline=""))) == ROWS
