"""Tests how a replay notices that Redis lost rows: only rows that it had written can be lost."""

import uuid
from pathlib import Path

import pytest

from cli.handlers.history.replays.written_rows import written_and_kept
from connectors.redis.server_run_marker import ServerRunMarker
from dataflows.history import Job, OpenedJob
from tests.support.services.redis_server import RedisServer

LOST = "Redis was emptied or restarted"


def stored(opened: OpenedJob) -> bool:
    """Writes the rows of a job, as far as its files show."""
    opened.job.ledger("store").prepare("shard-000", b"")
    opened.job.completed("store").touch()
    return True


@pytest.fixture
def marker(redis_server: RedisServer) -> ServerRunMarker:
    return ServerRunMarker(redis_server.client(), f"{uuid.uuid4().hex}:replaying")


@pytest.mark.parametrize("resumed", [True, False])
def test_a_replay_that_was_stopped_before_its_first_row_has_lost_none(
    tmp_path: Path, marker: ServerRunMarker, resumed: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is killed after its positions were resolved, and before it had set its key."""
    opened = OpenedJob(Job(tmp_path), {}, resumed)
    assert written_and_kept(opened, marker, lambda: stored(opened))
    assert (marker.lost(), capfd.readouterr().err) == (False, "")


def test_rows_that_were_written_before_the_key_was_lost_are_written_again(
    tmp_path: Path, marker: ServerRunMarker, capfd: pytest.CaptureFixture[str]
) -> None:
    opened = OpenedJob(Job(tmp_path), {}, resumed=True)
    opened.job.ledger("store").prepare("shard-000", b"")
    left = list[set[str]]()

    def write() -> bool:
        left.append(opened.job.ledger("store").names(prepared=True))
        return stored(opened)

    assert written_and_kept(opened, marker, write)
    assert left == [set()]
    assert LOST in " ".join(capfd.readouterr().err.split())


def test_rows_that_are_lost_while_others_are_written_are_written_again(
    tmp_path: Path, marker: ServerRunMarker, capfd: pytest.CaptureFixture[str]
) -> None:
    opened, times = OpenedJob(Job(tmp_path), {}, resumed=False), [0]

    def write() -> bool:
        times[0] += 1
        if times[0] == 1:
            marker.end()
        return stored(opened)

    assert written_and_kept(opened, marker, write)
    assert times == [2]
    assert LOST in " ".join(capfd.readouterr().err.split())
