"""What is known of one subject: its open intervals and its judge. One book a feature, one a source."""

from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from dataflows.quality.intervals import Part, Start
from reports.alerting import EventCounts, Judge, SourceJudge
from reports.profiling import Profile
from reports.records import Alert, FeatureReport, SourceReport

Report = FeatureReport | SourceReport


class Book(Protocol):
    """The book of any subject."""

    def take(self, part: Part, earliest: Start) -> None:
        """Adds to intervals; what falls before `earliest` counts into it."""

    def starts(self) -> Iterable[Start]:
        """The open intervals."""

    def open(self, start: Start, now_ms: int) -> Report:
        """An interval as it stands."""

    def close(self, start: Start, end_ms: int) -> tuple[Report, tuple[Alert, ...]]:
        """Judges an interval and forgets it."""

    def failed(self, start: Start, end_ms: int, why: str) -> Iterable[Report]:
        """Forgets an interval that could not be judged, and what it was compared with; what is to be told of it."""

    def dump(self) -> bytes:
        """As bytes."""

    def load(self, data: bytes) -> None:
        """Goes on from what was dumped."""


class FeatureBook:
    """The book of a feature."""

    def __init__(self, judge: Judge, empty: Callable[[], Profile], profiled_as: str) -> None:
        self._judge, self._empty, self._profiled_as = judge, empty, profiled_as
        self._profiles: dict[Start, Profile] = {}

    def take(self, part: Part, earliest: Start) -> None:
        """Adds profiles; waits count into the interval that is open longest."""
        for start, profile in part.profiles.items():
            self._profile(max(start, earliest)).merge(profile)
        if part.waits is not None:
            self._profile(min(self._profiles, default=earliest)).add_latencies(part.waits.seconds, part.waits.rows)

    def starts(self) -> Iterable[Start]:
        """The open intervals."""
        return self._profiles.keys()

    def open(self, start: Start, now_ms: int) -> Report:
        """The interval as it stands."""
        return self._judge.open(self._profiles.get(start) or self._empty(), start, now_ms)

    def close(self, start: Start, end_ms: int) -> tuple[Report, tuple[Alert, ...]]:
        """Judges the interval."""
        judged = self._judge.close(self._profiles.get(start) or self._empty(), start, end_ms)
        self._profiles.pop(start, None)
        return judged

    def failed(self, start: Start, end_ms: int, why: str) -> Iterable[Report]:
        """Starts over with the next interval."""
        profile = self._profiles.pop(start, None)
        return [self._judge.failed(profile.rows if profile else 0, start, end_ms, why)]

    def dump(self) -> bytes:
        """As bytes."""
        parts = {start: profile.dump() for start, profile in self._profiles.items()}
        return msgspec.msgpack.encode((self._profiled_as, self._judge.dump(), parts))

    def load(self, data: bytes) -> None:
        """Goes on from what was dumped; open profiles of another definition or other rules are left behind."""
        profiled_as, judge, parts = msgspec.msgpack.decode(data, type=tuple[str, bytes, dict[int, bytes]])
        self._judge.load(judge)
        if profiled_as == self._profiled_as:
            self._profiles = {start: Profile.load(part) for start, part in parts.items()}

    def _profile(self, start: Start) -> Profile:
        if start not in self._profiles:
            self._profiles[start] = self._empty()
        return self._profiles[start]


class SourceBook:
    """The book of a source."""

    def __init__(self, judge: SourceJudge) -> None:
        self._judge = judge
        self._intakes: dict[Start, EventCounts] = {}

    def take(self, part: Part, earliest: Start) -> None:
        """Adds counts."""
        for start, intake in part.intakes.items():
            at = max(start, earliest)
            self._intakes[at] = self._intakes.get(at, EventCounts()) + intake

    def starts(self) -> Iterable[Start]:
        """The open intervals."""
        return self._intakes.keys()

    def open(self, start: Start, now_ms: int) -> Report:
        """The interval as it stands."""
        return self._judge.open(self._intakes.get(start, EventCounts()), start, now_ms)

    def close(self, start: Start, end_ms: int) -> tuple[Report, tuple[Alert, ...]]:
        """Judges the interval."""
        judged = self._judge.close(self._intakes.get(start, EventCounts()), start, end_ms)
        self._intakes.pop(start, None)
        return judged

    def failed(self, start: Start, end_ms: int, why: str) -> Iterable[Report]:
        """A report of a source has no room for it: the log and the count of errors say it."""
        self._intakes.pop(start, None)
        return []

    def dump(self) -> bytes:
        """As bytes."""
        return msgspec.msgpack.encode((self._judge.dump(), {at: one.dump() for at, one in self._intakes.items()}))

    def load(self, data: bytes) -> None:
        """Goes on from what was dumped."""
        judge, parts = msgspec.msgpack.decode(data, type=tuple[bytes, dict[int, bytes]])
        self._judge.load(judge)
        self._intakes = {start: EventCounts.load(part) for start, part in parts.items()}
