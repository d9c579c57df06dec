"""How fast the directory is with thousands of agencies, and that it stays so.

    python bench/bench_directory.py [--rounds N]

1. Server time of /agencies and of a search in it, with every hundredth agency of the simulator's country (about 30) and
   with all of them (about 3,150): medians within 1.3 times.
2. Taking the country in from its table, in one act: in less than 10 seconds.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from werkzeug.test import EnvironBuilder, run_wsgi_app  # noqa: E402

from portal import schema  # noqa: E402
from portal.agencies import federal, queries, service, sheet  # noqa: E402
from portal.agencies.rules import Attestation  # noqa: E402
from simulator import national  # noqa: E402
from tests.helpers import Town  # noqa: E402
from tests.people import everybody  # noqa: E402

WORST_GROWTH, MOST_SECONDS = 1.3, 10.0
PAGES = {
    "the town's own": "/agencies",
    "everywhere": "/agencies?where=all",
    "one kind": "/agencies?where=all&kind=police",
    "a word": "/agencies?q=police",
}


def built(folder: Path, every: int) -> tuple[Town, int, float]:
    """A town whose directory holds every so-manieth agency of the country, how many, and how long reading and writing
    took, in seconds."""
    folder.mkdir()
    town = Town(folder)
    schema.upgrade(town.here.database)
    everybody(town)
    text = national.table(list(national.agencies("maple"))[::every]).encode()
    start = time.perf_counter()
    table = sheet.read(text, federal.read(), town.clock.now().date())
    by = Attestation("Registrar", "None is federal.", by="Ada Lind")
    with town.acting() as act:
        proposals, cells = [row.proposal for row in table.rows], [row.cells for row in table.rows]
        _made, letters = service.import_agencies(act, proposals, by, cells)
    took = time.perf_counter() - start
    with town.acting() as act:
        service.confirm_many(act, [letter.token for letter in letters])
        service.approve_many(act, queries.waiting(act, "confirmed", len(letters)), by="Bo Lind")
    return town, len(table.rows), took


def server_times(towns: list[Town], path: str, rounds: int) -> list[float]:
    """The median of the milliseconds of a request in each town; they take turns, so that a busy machine is unfair to
    none."""
    page, _mark, query = path.partition("?")
    environ = EnvironBuilder(path=page, query_string=query).get_environ()
    times: list[list[float]] = [[] for _town in towns]
    for round_number in range(rounds + 5):
        for town, found in zip(towns, times, strict=True):
            start = time.perf_counter()
            body, status, _headers = run_wsgi_app(town.app, dict(environ))
            b"".join(body)
            assert status == "200 OK", status
            if round_number >= 5:  # warm by then
                found.append(1000 * (time.perf_counter() - start))
    return [statistics.median(found) for found in times]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        few, few_count, _took = built(Path(folder) / "few", 100)
        many, many_count, took = built(Path(folder) / "many", 1)
        growth = {}
        for words, path in PAGES.items():
            small, large = server_times([few, many], path, args.rounds)
            growth[words] = large / small
            print(f"{words:>15}: {few_count} agencies {small:.2f} ms, {many_count:,} agencies {large:.2f} ms")
        for town in (few, many):
            town.here.database.engine.dispose()
    print(f"{many_count:,} agencies read and written in {took:.1f} s")
    verdicts = {
        f"medians grow by less than {WORST_GROWTH}": max(growth.values()) < WORST_GROWTH,
        f"a country comes in within {MOST_SECONDS:.0f} s": took < MOST_SECONDS,
    }
    for words, kept in verdicts.items():
        print(f"{'kept  ' if kept else 'BROKEN'} {words}")
    print(
        json.dumps({"growth": {words: round(value, 2) for words, value in growth.items()}, "seconds": round(took, 1)})
    )
    return 0 if all(verdicts.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
