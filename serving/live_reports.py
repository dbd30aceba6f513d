"""What is known of features and sources now: the reports that the dataflow leaves in Redis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
import redis

from connectors.errors import ExitCode, HeadraceError
from reports.records import FeatureReport, SourceReport, quality_key, source_key

R = TypeVar("R", FeatureReport, SourceReport)


class UnreadableReport(HeadraceError):
    """A report in Redis that this version cannot read."""

    exit_code = ExitCode.SERVICE


@dataclass(frozen=True, slots=True)
class Live(Generic[R]):
    """The interval that goes on, and the one that closed last; None where there is none yet."""

    open: R | None
    closed: R | None

    @property
    def settled(self) -> R | None:
        """What to judge by: an interval that has just begun has too few rows for anything."""
        return self.closed or self.open


@dataclass(frozen=True, slots=True)
class Known:
    """Reports by name, of those that have any."""

    features: dict[str, Live[FeatureReport]]
    sources: dict[str, Live[SourceReport]]

    def settled_features(self) -> tuple[FeatureReport, ...]:
        """What to judge features by."""
        return tuple(report for live in self.features.values() if (report := live.settled))

    def settled_sources(self) -> tuple[SourceReport, ...]:
        """What to judge sources by."""
        return tuple(report for live in self.sources.values() if (report := live.settled))


def read_known(client: redis.Redis, prefix: str, features: Sequence[str], sources: Sequence[str]) -> Known:
    """All reports of these features and sources, in one round trip. Raises redis.RedisError, UnreadableReport."""
    keys = [quality_key(prefix, name) for name in features]
    keys += [quality_key(prefix, source_key(name)) for name in sources]
    found = _hashes(client, keys)
    of_features, of_sources = found[: len(features)], found[len(features) :]
    return Known(_by_name(features, of_features, FeatureReport), _by_name(sources, of_sources, SourceReport))


def _hashes(client: redis.Redis, keys: Iterable[str]) -> list[tuple[str, list[bytes | None]]]:
    """Of each key its `open` and `closed`."""
    wanted = list(keys)
    with client.pipeline(transaction=False) as pipeline:
        for key in wanted:
            pipeline.hmget(key, ["open", "closed"])
        answers: list[Any] = pipeline.execute(raise_on_error=False)
    return [(key, _readable(key, answer)) for key, answer in zip(wanted, answers, strict=True)]


def _readable(key: str, answer: Any) -> list[bytes | None]:
    if isinstance(answer, redis.ResponseError) and "WRONGTYPE" in str(answer):
        raise UnreadableReport(f"{key} holds no report; which other program writes it?")
    if isinstance(answer, Exception):
        raise answer
    found: list[bytes | None] = answer
    return found


def _by_name(
    names: Sequence[str], found: Sequence[tuple[str, list[bytes | None]]], kind: type[R]
) -> dict[str, Live[R]]:
    return {
        name: Live(*(_report(key, field, kind) for field in fields))
        for name, (key, fields) in zip(names, found, strict=True)
        if any(fields)
    }


def _report(key: str, payload: bytes | None, kind: type[R]) -> R | None:
    if payload is None:
        return None
    try:
        report: R = kind.decode(payload)
    except msgspec.DecodeError as error:
        raise UnreadableReport(f"{key} holds a report that this version cannot read: {error}") from error
    return report
