"""Tests a run's events to a real receiver: started, then drained, aborted or failed; never more than one line."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.error_reporting import InvalidArgument
from cli.handlers.run import run_events
from cli.supervision import RunEvents
from cli.supervision import run_events as module
from dataflows.definitions import Definitions
from dataflows.runtime.settings import Settings
from governance.publishing.exports.openlineage import Receiver, receiver
from tests.support.factories.definitions import by_hand
from tests.support.oracle.exported_documents import of_openlineage
from tests.support.services.outside.webhook import Hook, hooked
from tests.support.services.ports import free_port

COUNT = {"source": "orders", "aggregation": "count", "value_type": "INT64", "window": "1h"}


@pytest.fixture
def made(tmp_path: Path) -> Definitions:
    return by_hand(tmp_path, f=COUNT)


def settings(hook: Hook) -> Settings:
    return Settings.model_validate({"openlineage_url": f"http://127.0.0.1:{hook.port}"})


def drained(events: RunEvents) -> None:
    """Ends a run properly."""


def aborted(events: RunEvents) -> None:
    events.abort()


def failed(events: RunEvents) -> None:
    raise InvalidArgument("the dataflow failed: no room")


def broken(events: RunEvents) -> None:
    raise ValueError("redis://:s3cret@host")


def interrupted(events: RunEvents) -> None:
    raise KeyboardInterrupt


ENDS = [
    (drained, "COMPLETE", None),
    (aborted, "ABORT", None),
    (failed, "FAIL", "the dataflow failed: no room"),
    (broken, "FAIL", "ValueError"),
    (interrupted, "ABORT", None),
]


@pytest.mark.parametrize(("run", "state", "message"), ENDS)
def test_a_run_tells_how_it_ends(
    run: Callable[[RunEvents], None], state: str, message: str | None, made: Definitions
) -> None:
    with hooked() as hook:
        try:
            with run_events(settings(hook), made) as events:
                assert events is not None
                run(events)
        except (InvalidArgument, ValueError, KeyboardInterrupt):
            assert run in (failed, broken, interrupted)
    begun, ended = hook.received
    assert [of_openlineage(event) for event in (begun, ended)] == [[], []]
    assert (begun["eventType"], ended["eventType"]) == ("START", state)
    assert begun["run"]["runId"] == ended["run"]["runId"]
    assert begun["eventTime"] <= ended["eventTime"]
    assert ended["run"]["facets"].get("errorMessage", {}).get("message") == message


def test_without_a_receiver_nothing_is_told(made: Definitions) -> None:
    with run_events(Settings(), made) as events:
        assert events is None


def event(state: str, error: str) -> dict[str, Any]:
    return {"state": state, "error": error}


def test_a_receiver_that_is_away_is_one_line() -> None:
    lines: list[str] = []
    with RunEvents(Receiver(f"http://localhost:{free_port()}"), event, lines.append).reporting():
        pass
    (line,) = lines
    assert line.startswith("lineage of this run is not sent: localhost does not answer")


def test_a_receiver_that_hangs_delays_the_end_by_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run itself begins at once, and continues while the first event is still on its way."""
    monkeypatch.setattr(module, "PATIENCE_S", 0.5)
    for limit in ("TIMEOUT_S", "LONGEST_S"):
        monkeypatch.setattr(receiver, limit, 600.0)
    lines: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        with RunEvents(Receiver(f"http://127.0.0.1:{silent.getsockname()[1]}"), event, lines.append).reporting():
            assert lines == []
        assert time.monotonic() - begun > 0.4
    assert lines == ["lineage of this run is not sent: no answer within 0 s; the run continues without it"]
