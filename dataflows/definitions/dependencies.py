"""What derived features need: other features and, through them, sources; and the order that follows from it."""

from collections.abc import Mapping
from graphlib import TopologicalSorter


class Dependencies:
    """Which features each derived feature reads, and which source each aggregated one folds, both by name."""

    def __init__(self, reads: Mapping[str, tuple[str, ...]], sources: Mapping[str, str]) -> None:
        self._reads, self._sources = reads, sources

    def sources_of(self, name: str) -> tuple[str, ...]:
        """All sources that a feature reads, through others too, ordered.

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
        """The derived features, each after those that it reads. Raises graphlib.CycleError."""
        needs = {name: [read for read in reads if read in self._reads] for name, reads in self._reads.items()}
        return tuple(TopologicalSorter(needs).static_order())
