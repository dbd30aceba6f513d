"""Counts dead letters of this process by source and reason, and words them."""

from collections import Counter

from dataflows.metrics import DEAD_LETTERS

Refusals = Counter[tuple[str, str]]
"""Counts by source and reason."""


class RefusalCount:
    """Counts from its creation on."""

    def __init__(self) -> None:
        self._before = _counted()

    def counts(self) -> Refusals:
        """Returns the rejects since this object was created."""
        return _counted() - self._before


def sentences(counts: Refusals, topic: str) -> list[str]:
    """Returns a line per source.

    >>> sentences(Counter({("orders", "late"): 1_299, ("orders", "missing_field"): 5}), "persistent://a/b/dead")
    ['rejected from orders: 1,299 late, 5 missing_field (dead letters in persistent://a/b/dead)']
    """
    by_source: dict[str, list[str]] = {}
    for (source, reason), count in sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1])):
        by_source.setdefault(source, []).append(f"{count:,} {reason}")
    return [
        f"rejected from {source}: {', '.join(rejections)} (dead letters in {topic})"
        for source, rejections in by_source.items()
    ]


def _counted() -> Refusals:
    samples = [sample for family in DEAD_LETTERS.collect() for sample in family.samples]
    totals = [sample for sample in samples if sample.name.endswith("_total")]
    return Counter({(sample.labels["source"], sample.labels["reason"]): int(sample.value) for sample in totals})
