"""Schemathesis reads the contract's own document and asks the door all that it can think of: valid, nearly valid,
without a token, by other methods. All of its checks apply."""

import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from schemathesis.engine import events, from_schema
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.devices.tools import Porch
from tests.helpers import Town

EXAMPLES = 30
OPERATIONS = 5
schemathesis.serializer.alias("application/age", "application/octet-stream")


class Quiet(WSGIRequestHandler):
    def log_request(self, *_args: object) -> None:
        pass


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[tuple[Porch, str]]:
    """A porch, and the address of a server in front of it: half of what is checked is HTTP."""
    data = tmp_path_factory.mktemp("schemathesis")
    shutil.copy(empty_database, data / "porchlight.sqlite")
    town = Town(data)
    town.app.config["PROPAGATE_EXCEPTIONS"] = False  # a fault is to be answered, as in a real town
    porch = Porch.built(town)
    server = make_server("127.0.0.1", 0, town.app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield porch, f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
    town.here.database.engine.dispose()


def test_the_door_keeps_to_its_document_whatever_it_is_asked(served: tuple[Porch, str]) -> None:
    porch, url = served
    config = schemathesis.Config.from_dict(
        {
            "seed": 7,
            "headers": porch.door.headers,
            "cache": {"enabled": False},
            "phases": {"stateful": {"enabled": False}},  # the document links no call to another
            "generation": {"max-examples": EXAMPLES, "database": "none"},
            "operations": [
                {  # a code that was made up is well-formed, and of no use
                    "include-path": "/api/v1/pairings",
                    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 410]}},
                }
            ],
        }
    )
    document = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json", config=config)
    asked: Counter[str] = Counter()
    wrong = []
    for happened in from_schema(document).execute():
        if isinstance(happened, events.NonFatalError):
            wrong.append(f"{happened.label}: {happened.value!r}")
        elif isinstance(happened, events.FatalError):
            raise happened.exception
        elif isinstance(happened, events.ScenarioFinished):
            asked[happened.recorder.label] += len(happened.recorder.interactions)
            wrong += [
                f"{check.name}: {check.failure_info.failure.message}\n{check.failure_info.code_sample}"
                for checks in happened.recorder.checks.values()
                for check in checks
                if check.failure_info
            ]
    assert not wrong, "\n\n".join(wrong)
    assert len(asked) == OPERATIONS and min(asked.values()) > EXAMPLES
