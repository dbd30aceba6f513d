"""Holds the profiles of a feature in its open intervals: those of each worker, and counts beside the rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from reports.alerting.observations import Start
from reports.profiling import Profile, SampleLayers

Home = tuple[str, Start]
"""A worker and the interval that it profiled, which counts into a later interval if it ended before the first one."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The profile that a worker has sent."""

    profile: Profile
    layers: SampleLayers | None = None

    def thinned(self, level: int) -> Profile:
        """Returns the profile of its ids of a level, as far as its layers allow."""
        if self.layers is None or self.layers.level >= level:
            return self.profile
        return self.layers.thinned(level, self.profile)


class _Kept(msgspec.Struct, array_like=True):
    """The stored part of a worker; earlier versions had no layers."""

    home: str
    of: Start
    profile: bytes
    layers: bytes = b""

    @classmethod
    def of_part(cls, home: Home, part: _Part) -> "_Kept":
        """Encodes a worker's part."""
        return cls(*home, part.profile.dump(), part.layers.dump() if part.layers else b"")

    @property
    def part(self) -> _Part:
        """Decodes a worker's part."""
        return _Part(Profile.load(self.profile), SampleLayers.load(self.layers) if self.layers else None)


class OpenProfiles:
    """Keeps the newest profile of each worker, which covers all its entities; merges them on demand.

    >>> from reports.profiling.examples import profile_of
    >>> known = OpenProfiles(lambda: profile_of([]))
    >>> known.put(0, ("000", 0), profile_of([1.0])), known.put(0, ("000", 0), profile_of([1.0, 2.0]))
    (None, None)
    >>> known.merged(0).rows
    2
    """

    def __init__(self, empty: Callable[[], Profile]) -> None:
        self._empty = empty
        self._by_home: dict[Start, dict[Home, _Part]] = {}
        self._beside: dict[Start, Profile] = {}

    def put(self, start: Start, home: Home, profile: Profile, layers: SampleLayers | None = None) -> None:
        """Replaces the profile of a worker, and the layers of its sample."""
        self._by_home.setdefault(start, {})[home] = _Part(profile, layers)

    def without_rows(self, start: Start) -> Profile:
        """Returns a profile without rows to add to: latencies, values that could not be computed."""
        return self._beside.setdefault(start, self._empty())

    def merged(self, start: Start) -> Profile:
        """Merges everything known of an interval; thins the workers' samples to their smallest share."""
        whole, parts = self._empty(), self._by_home.get(start, {}).values()
        level = max((part.layers.level for part in parts if part.layers), default=0)
        for profile in (*(part.thinned(level) for part in parts), *self._kept_beside(start)):
            whole.merge(profile)
        return whole

    def entities(self, start: Start) -> dict[str, int]:
        """Returns the number of entities of each worker in an interval, without those it had in earlier ones."""
        parts = self._by_home.get(start, {})
        return {home: part.profile.rows for (home, of), part in parts.items() if of == start}

    def starts(self) -> Iterable[Start]:
        """Returns the intervals with observations."""
        return self._by_home.keys() | self._beside.keys()

    def pop(self, start: Start) -> None:
        """Forgets an interval."""
        self._by_home.pop(start, None)
        self._beside.pop(start, None)

    def dump(self) -> bytes:
        """Encodes the profiles as bytes."""
        by_home = {
            start: [_Kept.of_part(home, part) for home, part in homes.items()] for start, homes in self._by_home.items()
        }
        return msgspec.msgpack.encode((by_home, {start: beside.dump() for start, beside in self._beside.items()}))

    def load(self, data: bytes) -> None:
        """Restores dumped profiles."""
        parts = tuple[dict[int, list[_Kept]], dict[int, bytes]]
        by_home, beside = msgspec.msgpack.decode(data, type=parts)
        for start, homes in by_home.items():
            self._by_home[start] = {(stored.home, stored.of): stored.part for stored in homes}
        self._beside = {start: Profile.load(profile) for start, profile in beside.items()}

    def _kept_beside(self, start: Start) -> list[Profile]:
        return [self._beside[start]] if start in self._beside else []
