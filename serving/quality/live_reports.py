"""Reads live quality reports of features and sources, which the dataflow writes to Redis."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

import msgspec
import redis

from connectors.errors import UNDECODABLE, ExitCode, HeadraceError
from reports.records import FeatureReport, SourceReport, quality_key, source_key

REPORTS_KEPT = 2_048
"""Number of decoded reports to keep, each about 10 kB."""

R = TypeVar("R", FeatureReport, SourceReport)


class UnreadableReport(HeadraceError):
    """A report in Redis cannot be read by this version."""

    exit_code = ExitCode.SERVICE


@dataclass(frozen=True, slots=True)
class LiveReport(Generic[R]):
    """The reports of the open interval and of the last closed one; None if there is none yet."""

    open: R | None
    closed: R | None

    @property
    def settled(self) -> R | None:
        """Returns the report to show: the closed one, because an interval that just opened has too few rows."""
        return self.closed or self.open


@dataclass(frozen=True, slots=True)
class LiveReports:
    """Reports by name, of the features and sources that have any."""

    features: dict[str, LiveReport[FeatureReport]]
    sources: dict[str, LiveReport[SourceReport]]

    def settled_features(self) -> tuple[FeatureReport, ...]:
        """Returns the report to show for each feature."""
        return tuple(report for live in self.features.values() if (report := live.settled))

    def settled_sources(self) -> tuple[SourceReport, ...]:
        """Returns the report to show for each source, with the newest arrival."""
        return tuple(_with_news(report, live.open) for live in self.sources.values() if (report := live.settled))


def _with_news(report: SourceReport, newest: SourceReport | None) -> SourceReport:
    """Returns a closed report, updated with the newest arrivals."""
    if newest is None or newest.arrived_ms is None or newest.end_ms <= report.end_ms:
        return report
    return msgspec.structs.replace(report, arrived_ms=newest.arrived_ms, newest_ms=newest.newest_ms)


def read_known(client: redis.Redis, prefix: str, features: Sequence[str], sources: Sequence[str]) -> LiveReports:
    """Reads the reports of these features and sources in one round trip. Raises redis.RedisError, UnreadableReport."""
    keys = [quality_key(prefix, name) for name in features]
    keys += [quality_key(prefix, source_key(name)) for name in sources]
    hashes = _hashes(client, keys)
    of_features, of_sources = hashes[: len(features)], hashes[len(features) :]
    return LiveReports(_by_name(features, of_features, FeatureReport), _by_name(sources, of_sources, SourceReport))


def answer_of_hash(client: redis.Redis, key: str) -> dict[bytes, bytes]:
    """Reads all fields of a hash. Raises redis.RedisError; UnreadableReport for a key that is not a hash."""
    return cast("dict[bytes, bytes]", _read(key, lambda: client.hgetall(key)))


def read_field(client: redis.Redis, key: str, field: str) -> bytes | None:
    """Reads one field of a hash. Raises redis.RedisError; UnreadableReport for a key that is not a hash."""
    return cast("bytes | None", _read(key, lambda: client.hget(key, field)))


def _read(key: str, ask: Callable[[], object]) -> object:
    try:
        return ask()
    except redis.ResponseError as error:
        return _readable(key, error)


def _hashes(client: redis.Redis, keys: Iterable[str]) -> list[tuple[str, list[bytes | None]]]:
    """Reads the fields `open` and `closed` of each key."""
    wanted = list(keys)
    with client.pipeline(transaction=False) as pipeline:
        for key in wanted:
            pipeline.hmget(key, ["open", "closed"])
        answers: list[Any] = pipeline.execute(raise_on_error=False)
    return [(key, _readable(key, answer)) for key, answer in zip(wanted, answers, strict=True)]


def _readable(key: str, answer: Any) -> list[bytes | None]:
    if isinstance(answer, redis.ResponseError) and "WRONGTYPE" in str(answer):
        raise UnreadableReport(f"{key}: not a report; expected a hash; does another program write this key?")
    if isinstance(answer, Exception):
        raise answer
    payloads: list[bytes | None] = answer
    return payloads


def _by_name(
    names: Sequence[str], payloads: Sequence[tuple[str, list[bytes | None]]], kind: type[R]
) -> dict[str, LiveReport[R]]:
    return {
        name: LiveReport(*(_report(key, field, kind) for field in fields))
        for name, (key, fields) in zip(names, payloads, strict=True)
        if any(fields)
    }


def _report(key: str, payload: bytes | None, kind: type[R]) -> R | None:
    if payload is None:
        return None
    try:
        return cast("R", _decoded(kind, payload))
    except UNDECODABLE as error:
        raise UnreadableReport(f"{key}: this version cannot read the report: {error}") from error


@lru_cache(maxsize=REPORTS_KEPT)
def _decoded(kind: type[FeatureReport | SourceReport], payload: bytes) -> FeatureReport | SourceReport:
    """Decodes a report and caches it: every page reads the report of a closed interval until the next one closes."""
    return kind.decode(payload)
