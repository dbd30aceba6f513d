"""Counts entities that arrived after their interval was closed, because a worker stalled or its profile was delayed."""

from collections.abc import Mapping

import msgspec

from reports.alerting.observations import Start

KEPT = 12
"""Number of closed intervals for which the judged entities of each worker are remembered."""


class ClosedEntities(msgspec.Struct, array_like=True):
    """Counts the entities that came too late; a worker that sends the same profile again adds none.

    >>> known = ClosedEntities()
    >>> known.close(0, {"000": 5})
    >>> known.late("000", 0, 5), known.late("000", 0, 7), known.late("001", 0, 4), known.missed
    (0, 2, 4, 6)
    """

    judged: dict[Start, dict[str, int]] = {}  # by interval and worker
    missed: int = 0  # since the last interval was closed

    def close(self, start: Start, entities: Mapping[str, int]) -> None:
        """Records that an interval was judged with these entities of each worker."""
        self.missed = 0
        self.judged[start] = dict(entities)
        for old in sorted(self.judged)[:-KEPT]:
            del self.judged[old]

    def late(self, home: str, start: Start, entities: int) -> int:
        """Returns how many entities in a worker's whole profile of a closed interval were not judged.

        Returns 0 for an interval before the first remembered one, because it may have been judged.
        """
        known = self.judged.get(start)
        if known is None and (len(self.judged) < KEPT or start > min(self.judged)):
            return 0
        missed = max(0, entities - (known or {}).get(home, 0))
        if known is not None:
            known[home] = max(entities, known.get(home, 0))
        self.missed += missed
        return missed
