"""Samples wrong values, as many as are worth showing."""

from collections.abc import Iterable

from reports.records import Sample

MOST = 20


def newest(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    """Returns the newest MOST samples, each once, oldest first, independent of their order."""
    return tuple(sorted(set(samples), key=_by_age)[-MOST:])


def _by_age(sample: Sample) -> tuple[int, str, str, str]:
    return sample.at_ms, sample.entity, sample.reason, sample.value
