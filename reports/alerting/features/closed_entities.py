"""Entities whose interval was closed before they came: a worker stood still, or its profile was long under way."""

from collections.abc import Mapping

import msgspec

from reports.alerting.observations import Start

KEPT = 12
"""Closed intervals of which it is known how many entities of each worker were judged."""


class ClosedEntities(msgspec.Struct, array_like=True):
    """Counts the entities that came too late; a worker that sends the same again adds none.

    >>> known = ClosedEntities()
    >>> known.close(0, {"000": 5})
    >>> known.late("000", 0, 5), known.late("000", 0, 7), known.late("001", 0, 4), known.missed
    (0, 2, 4, 6)
    """

    judged: dict[Start, dict[str, int]] = {}  # by interval and worker
    missed: int = 0  # since the last interval was closed

    def close(self, start: Start, entities: Mapping[str, int]) -> None:
        """An interval is judged with the entities of each worker."""
        self.missed = 0
        self.judged[start] = dict(entities)
        for old in sorted(self.judged)[:-KEPT]:
            del self.judged[old]

    def late(self, home: str, start: Start, entities: int) -> int:
        """A worker sends a whole profile of a closed interval: returns how many of its entities were not judged.

        Of an interval from before the first that is known nothing is said: it may have been judged.
        """
        known = self.judged.get(start)
        if known is None and (len(self.judged) < KEPT or start > min(self.judged)):
            return 0
        missed = max(0, entities - (known or {}).get(home, 0))
        if known is not None:
            known[home] = max(entities, known.get(home, 0))
        self.missed += missed
        return missed
