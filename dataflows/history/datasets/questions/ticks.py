"""Defines times at which every entity is asked, where there is no spine."""

import re
from dataclasses import dataclass

import msgspec
import polars as pl

from dataflows.history.bounds import InvalidBound, number_of_ms
from dataflows.history.datasets.errors import DatasetError
from dataflows.history.datasets.questions.questions import STAGE, WrittenQuestions
from dataflows.history.datasets.spine.times import END_MS, FIRST_MS, iso_ms
from dataflows.history.job import Job
from dataflows.history.whole_files import write_whole
from dataflows.kernels.strings.times import NO_TIME
from reports.moments import instant

MOST = 1_000_000
_DIGITS = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Ticks:
    """Times (ms, ascending) at which every entity of a type is asked that has had an event before."""

    entity_id: str
    times: tuple[int, ...]


def at_time(entity_id: str, time_ms: int) -> Ticks:
    """Returns a single tick (ms). Raises DatasetError."""
    _expect_time(time_ms, "--at")
    return Ticks(entity_id, (time_ms,))


def at_every(entity_id: str, every: int, first: int, last: int) -> Ticks:
    """Returns ticks every `every` ms from the first time to the last, both included. Raises DatasetError.

    >>> at_every("user_id", 3_600_000, 0, 7_200_000).times
    (0, 3600000, 7200000)
    """
    _expect_time(first, "--from")
    _expect_time(last, "--to")
    if last < first:
        raise DatasetError(f"--to {instant(last)} is before --from {instant(first)}; expected a later time")
    if (last - first) // every >= MOST:
        raise DatasetError(f"--every gives {(last - first) // every + 1:,} times; expected at most {MOST:,}")
    return Ticks(entity_id, tuple(range(first, last + 1, every)))


def write_ticks(job: Job, ticks: Ticks) -> WrittenQuestions:
    """Writes the times to a file of a job."""
    path, written = job.ticks(ticks.entity_id), WrittenQuestions(0, len(ticks.times))
    write_whole(path, msgspec.json.encode({"times": ticks.times}))
    write_whole(job.completed(STAGE), msgspec.json.encode(written))
    return written


def time_of(text: str, option: str) -> int:
    """Parses the time of an option to ms: ms since 1970 or ISO 8601, UTC without a zone.

    Raises DatasetError.
    """
    try:
        time_ms = number_of_ms(int(text)) if _DIGITS.fullmatch(text) else int(iso_ms(pl.Series([text]))[0][0])
    except InvalidBound as bad:
        raise DatasetError(f"{option}: {bad}") from None
    if time_ms == NO_TIME:
        raise DatasetError(f"{option} {text!r}; expected a time such as 2026-01-31T12:00:00Z, or ms since 1970")
    return time_ms


def _expect_time(time_ms: int, option: str) -> None:
    if not FIRST_MS <= time_ms < END_MS:
        raise DatasetError(f"{option} {instant(time_ms)}; expected a time from 1970 to 2999")
