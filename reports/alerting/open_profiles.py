"""The profiles of a feature in its open intervals: those of each worker, and what is known beside the rows."""

from collections.abc import Callable, Iterable

import msgspec

from reports.alerting.observations import Start
from reports.profiling import Profile

Home = tuple[str, Start]
"""A worker and the interval that it profiled, which counts into a later one if it ended before the first."""


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
        self._by_home: dict[Start, dict[Home, Profile]] = {}
        self._beside: dict[Start, Profile] = {}

    def put(self, start: Start, home: Home, profile: Profile) -> None:
        """Takes the profile of a worker in the place of an earlier one."""
        self._by_home.setdefault(start, {})[home] = profile

    def beside(self, start: Start) -> Profile:
        """A profile without rows, to be added to: latencies, values that could not be computed."""
        return self._beside.setdefault(start, self._empty())

    def merged(self, start: Start) -> Profile:
        """All that is known of an interval."""
        whole = self._empty()
        for profile in (*self._by_home.get(start, {}).values(), *self._kept_beside(start)):
            whole.merge(profile)
        return whole

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
            start: [(*home, profile.dump()) for home, profile in homes.items()]
            for start, homes in self._by_home.items()
        }
        return msgspec.msgpack.encode((by_home, {start: beside.dump() for start, beside in self._beside.items()}))

    def load(self, data: bytes) -> None:
        """Goes on from what was dumped."""
        parts = tuple[dict[int, list[tuple[str, int, bytes]]], dict[int, bytes]]
        by_home, beside = msgspec.msgpack.decode(data, type=parts)
        for start, homes in by_home.items():
            self._by_home[start] = {(home, of): Profile.load(profile) for home, of, profile in homes}
        self._beside = {start: Profile.load(profile) for start, profile in beside.items()}

    def _kept_beside(self, start: Start) -> list[Profile]:
        return [self._beside[start]] if start in self._beside else []
