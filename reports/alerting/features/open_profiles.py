"""The profiles of a feature in its open intervals: those of each worker, and what is known beside the rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from reports.alerting.observations import Start
from reports.profiling import Profile, SampleLayers

Home = tuple[str, Start]
"""A worker and the interval that it profiled, which counts into a later one if it ended before the first."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What a worker has sent."""

    profile: Profile
    layers: SampleLayers | None = None

    def thinned(self, level: int) -> Profile:
        """The profile of its ids of a level, as far as it can be told."""
        if self.layers is None or self.layers.level >= level:
            return self.profile
        return self.layers.thinned(level, self.profile)


class _Kept(msgspec.Struct, array_like=True):
    """The same as it is stored; earlier versions had no layers."""

    home: str
    of: Start
    profile: bytes
    layers: bytes = b""

    @classmethod
    def of_part(cls, home: Home, part: _Part) -> "_Kept":
        """What a worker has sent, to be stored."""
        return cls(*home, part.profile.dump(), part.layers.dump() if part.layers else b"")

    @property
    def part(self) -> _Part:
        """As it was."""
        return _Part(Profile.load(self.profile), SampleLayers.load(self.layers) if self.layers else None)


class OpenProfiles:
    """Keeps the newest profile of each worker, for it is of all its entities; merges them when it is asked.

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
        """Takes the profile of a worker in the place of an earlier one, and the layers of its sample."""
        self._by_home.setdefault(start, {})[home] = _Part(profile, layers)

    def beside(self, start: Start) -> Profile:
        """A profile without rows, to be added to: latencies, values that could not be computed."""
        return self._beside.setdefault(start, self._empty())

    def merged(self, start: Start) -> Profile:
        """All that is known of an interval; samples of workers come down to the smallest share of them."""
        whole, parts = self._empty(), self._by_home.get(start, {}).values()
        level = max((part.layers.level for part in parts if part.layers), default=0)
        for profile in (*(part.thinned(level) for part in parts), *self._kept_beside(start)):
            whole.merge(profile)
        return whole

    def entities(self, start: Start) -> dict[str, int]:
        """How many entities each worker has in an interval, those not counted that it had in earlier ones."""
        parts = self._by_home.get(start, {})
        return {home: part.profile.rows for (home, of), part in parts.items() if of == start}

    def starts(self) -> Iterable[Start]:
        """The intervals of which something is known."""
        return self._by_home.keys() | self._beside.keys()

    def pop(self, start: Start) -> None:
        """Forgets an interval."""
        self._by_home.pop(start, None)
        self._beside.pop(start, None)

    def dump(self) -> bytes:
        """As bytes."""
        by_home = {
            start: [_Kept.of_part(home, part) for home, part in homes.items()] for start, homes in self._by_home.items()
        }
        return msgspec.msgpack.encode((by_home, {start: beside.dump() for start, beside in self._beside.items()}))

    def load(self, data: bytes) -> None:
        """Goes on from what was dumped."""
        parts = tuple[dict[int, list[_Kept]], dict[int, bytes]]
        by_home, beside = msgspec.msgpack.decode(data, type=parts)
        for start, homes in by_home.items():
            self._by_home[start] = {(stored.home, stored.of): stored.part for stored in homes}
        self._beside = {start: Profile.load(profile) for start, profile in beside.items()}

    def _kept_beside(self, start: Start) -> list[Profile]:
        return [self._beside[start]] if start in self._beside else []
