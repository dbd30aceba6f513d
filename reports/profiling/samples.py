"""Samples of what was wrong, as many as are worth a look."""

from collections.abc import Iterable

from reports.records import Sample

MOST = 20


def newest(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    """The newest MOST of some samples, each once, oldest first; the same in whatever order they come."""
    return tuple(sorted(set(samples), key=_by_age)[-MOST:])


def _by_age(sample: Sample) -> tuple[int, str, str, str]:
    return sample.at_ms, sample.entity, sample.reason, sample.value
