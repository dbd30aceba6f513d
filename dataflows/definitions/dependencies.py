"""Orders derived features by what they read, and finds their sources through other features."""

from collections.abc import Mapping
from graphlib import TopologicalSorter


class Dependencies:
    """The features that each derived feature reads, and the source that each aggregated one folds, by name."""

    def __init__(self, reads: Mapping[str, tuple[str, ...]], sources: Mapping[str, str]) -> None:
        self._reads, self._sources = reads, sources

    def sources_of(self, name: str) -> tuple[str, ...]:
        """Returns all sources that a feature reads, directly or through other features, sorted.

        >>> Dependencies({"ratio": ("a", "b")}, {"a": "orders", "b": "logins"}).sources_of("ratio")
        ('logins', 'orders')
        """
        needed, waiting = {name}, [name]
        while waiting:
            for read in self._reads.get(waiting.pop(), ()):
                if read not in needed:
                    needed.add(read)
                    waiting.append(read)
        return tuple(sorted({self._sources[feature] for feature in needed if feature in self._sources}))

    def order(self) -> tuple[str, ...]:
        """Returns the derived features, each after those it reads. Raises graphlib.CycleError."""
        needs = {name: [read for read in reads if read in self._reads] for name, reads in self._reads.items()}
        return tuple(TopologicalSorter(needs).static_order())
