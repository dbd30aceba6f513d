"""Live quality reports of features and sources, which the dataflow writes to Redis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
import redis

from connectors.errors import ExitCode, HeadraceError
from reports.incidents import Incident, decoded_incidents, incidents_key
from reports.records import FeatureReport, SourceReport, quality_key, source_key

R = TypeVar("R", FeatureReport, SourceReport)


class UnreadableReport(HeadraceError):
    """A report in Redis that this version cannot read."""

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
        """Returns the report to show of each feature."""
        return tuple(report for live in self.features.values() if (report := live.settled))

    def settled_sources(self) -> tuple[SourceReport, ...]:
        """Returns the report to show of each source."""
        return tuple(report for live in self.sources.values() if (report := live.settled))


def read_known(client: redis.Redis, prefix: str, features: Sequence[str], sources: Sequence[str]) -> LiveReports:
    """Reads the reports of these features and sources in one round trip. Raises redis.RedisError, UnreadableReport."""
    keys = [quality_key(prefix, name) for name in features]
    keys += [quality_key(prefix, source_key(name)) for name in sources]
    found = _hashes(client, keys)
    of_features, of_sources = found[: len(features)], found[len(features) :]
    return LiveReports(_by_name(features, of_features, FeatureReport), _by_name(sources, of_sources, SourceReport))


def read_incidents(client: redis.Redis, prefix: str) -> tuple[Incident, ...]:
    """Reads all incidents: those that fire first, then the newest. Raises redis.RedisError, UnreadableReport."""
    key = incidents_key(prefix)
    try:
        fields: Any = client.hgetall(key)
        return decoded_incidents(fields)
    except msgspec.DecodeError as error:
        raise UnreadableReport(f"{key}: this version cannot read the incident: {error}") from error
    except redis.ResponseError as error:
        raise UnreadableReport(
            f"{key}: not incidents; expected a hash; does another program write this key?"
        ) from error


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
    found: list[bytes | None] = answer
    return found


def _by_name(
    names: Sequence[str], found: Sequence[tuple[str, list[bytes | None]]], kind: type[R]
) -> dict[str, LiveReport[R]]:
    return {
        name: LiveReport(*(_report(key, field, kind) for field in fields))
        for name, (key, fields) in zip(names, found, strict=True)
        if any(fields)
    }


def _report(key: str, payload: bytes | None, kind: type[R]) -> R | None:
    if payload is None:
        return None
    try:
        report: R = kind.decode(payload)
    except msgspec.DecodeError as error:
        raise UnreadableReport(f"{key}: this version cannot read the report: {error}") from error
    return report
