"""Finds readers of features over the API, by the counts of the last thirty days."""

from collections.abc import Iterator, Mapping

from governance.changes.planning import FeatureConsumer
from serving.read_log import KEPT_DAYS


def api_readers(reads: Mapping[tuple[str, str], int]) -> Iterator[FeatureConsumer]:
    """Yields the readers in the counts of (feature, consumer)."""
    for (feature, consumer), count in sorted(reads.items()):
        times = "once" if count == 1 else f"{count:,} times"
        yield FeatureConsumer(feature, consumer, "", f"{times} over the API in the last {KEPT_DAYS} days", "seen")
