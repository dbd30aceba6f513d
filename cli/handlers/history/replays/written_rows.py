"""Writes the rows of a replay until Redis holds all of them, even if it loses some in the meantime."""

from collections.abc import Callable

from cli.error_reporting import say
from connectors.errors import ExitCode, HeadraceError
from connectors.redis.server_run_marker import ServerRunMarker
from dataflows.history import Job, OpenedJob

_ATTEMPTS, _STORE = 3, "store"


class RowsLost(HeadraceError):
    """The online store loses rows that are written to it."""

    exit_code = ExitCode.SERVICE


def written_and_kept(opened: OpenedJob, marker: ServerRunMarker, write: Callable[[], bool]) -> bool:
    """Calls `write` until Redis holds the rows of the job; returns False if it was stopped before. Raises RowsLost."""
    if not (opened.resumed and _has_stored(opened.job) and _expect_kept(opened, marker)):
        marker.begin()
    for _ in range(_ATTEMPTS):
        if not write():
            return False
        if _expect_kept(opened, marker):
            return True
        marker.begin()
    raise RowsLost(
        "Redis loses written rows: the key of the replay was missing after every attempt; hint: check that its "
        "maxmemory-policy is noeviction, and that no other program empties it; the same command resumes"
    )


def _expect_kept(opened: OpenedJob, marker: ServerRunMarker) -> bool:
    """Returns whether Redis holds the rows written to it; if not, forgets that they were written."""
    if not marker.lost():
        return True
    say("Redis was emptied or restarted since the replay began; its rows are written again")
    opened.job.undo(_STORE)
    return False


def _has_stored(job: Job) -> bool:
    """Returns whether the job counts on rows in Redis; a replay that was killed before has nothing to lose there."""
    return job.completed(_STORE).exists() or bool(job.ledger(_STORE).names(prepared=True))
