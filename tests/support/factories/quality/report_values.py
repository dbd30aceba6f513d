"""Values like those of the shipped features, and the facts about them by numpy alone."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reports.records import Bins, FrequentValue, Histogram, Subject, Summary

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]
CURVE = 129
COUNTRIES = ("DE", "FR", "NL", "GB", "US", "ES", "IT", "PL", "SE", "AT")
DEVICES = ("android", "ios", "web", "tablet", "tv", "<b>bot</b>")


class Values(ABC):
    """The values of a feature in an interval."""

    @abstractmethod
    def __len__(self) -> int:
        """Returns their number."""

    @abstractmethod
    def summary(self) -> Summary:
        """Returns the summary for a report."""

    @abstractmethod
    def bins(self, reference: "Values") -> Bins:
        """Returns the histogram beside that of a reference, with the PSI of each bin."""

    def histogram(self, reference: "Values") -> Histogram:
        """Returns the drawn histogram of both; texts have none."""
        return Histogram()


@dataclass(frozen=True, slots=True)
class Numbers(Values):
    """Numbers, lengths of arrays, seconds of timestamps."""

    values: Floats
    nulls: int

    def __len__(self) -> int:
        return len(self.values)

    def summary(self) -> Summary:
        if not len(self.values):
            return Summary(rows=self.nulls, nulls=self.nulls)
        ordered = np.sort(self.values)  # sorted once: most reports of the tests spend their time here
        p50, p95, p99 = map(float, np.quantile(ordered, (0.5, 0.95, 0.99)))
        return Summary(
            rows=len(self.values) + self.nulls,
            nulls=self.nulls,
            zeros=int((self.values == 0).sum()),
            negatives=int((self.values < 0).sum()),
            mean=float(self.values.mean()),
            std=float(self.values.std()),
            min=float(self.values.min()),
            max=float(self.values.max()),
            distinct=float(1 + np.count_nonzero(np.diff(ordered))),
            curve=tuple(map(float, np.quantile(ordered, np.linspace(0, 1, CURVE)))),
            p50=p50,
            p95=p95,
            p99=p99,
        )

    def bins(self, reference: Values) -> Bins:
        assert isinstance(reference, Numbers)
        edges = np.unique(np.quantile(reference.values, np.linspace(0.1, 0.9, 9)))
        counts, before = _binned(self.values, edges), _binned(reference.values, edges)
        return Bins(
            edges=tuple(map(float, edges)),
            counts=counts,
            reference=before,
            psi=_psi(np.array(counts), np.array(before)),
        )

    def histogram(self, reference: Values) -> Histogram:
        """Returns forty bars of four bins between the percentiles 1 and 99 of both."""
        assert isinstance(reference, Numbers)
        both = np.concatenate([self.values, reference.values])
        if not len(both):
            return Histogram()
        low, high = map(float, np.quantile(both, (0.01, 0.99)))
        edges = np.linspace(low, high + 1e-9 * max(1.0, abs(high)), 161)
        counts, before = (np.histogram(side.values, edges)[0] for side in (self, reference))
        return Histogram(
            low=low,
            width=float(edges[1] - edges[0]),
            joined=4,
            counts=tuple(map(int, counts)),
            reference=tuple(map(int, before)) if len(reference) else (),
            outside=(len(self) - int(counts.sum()), len(reference) - int(before.sum())),
        )


@dataclass(frozen=True, slots=True)
class Words(Values):
    """Texts, or booleans as the words true and false."""

    values: Texts
    nulls: int
    truth: bool

    def __len__(self) -> int:
        return len(self.values)

    def summary(self) -> Summary:
        words, counts = np.unique(self.values, return_counts=True)
        order = np.argsort(-counts)
        return Summary(
            rows=len(self.values) + self.nulls,
            nulls=self.nulls,
            distinct=float(len(words)),
            true_ratio=float((self.values == "true").mean()) if self.truth and len(self.values) else None,
            top=tuple(FrequentValue(value=str(words[place]), count=int(counts[place])) for place in order),
        )

    def bins(self, reference: Values) -> Bins:
        assert isinstance(reference, Words)
        labels = tuple(top.value for top in reference.summary().top[:6])
        counts, before = _counted(self.values, labels), _counted(reference.values, labels)
        return Bins(
            labels=(*labels, "(other)"), counts=counts, reference=before, psi=_psi(np.array(counts), np.array(before))
        )


def drawn(subject: Subject, rows: int, start_ms: int, numbers: np.random.Generator, *, drifted: bool) -> Values:
    """Draws as many values as rows, one in fifty of them null."""
    nulls = rows // 50
    if subject.value_type in ("STRING", "BOOL"):
        return Words(_words(subject, rows - nulls, numbers, drifted), nulls, subject.value_type == "BOOL")
    return Numbers(_floats(subject, rows - nulls, start_ms, numbers, drifted), nulls)


def _floats(subject: Subject, rows: int, start_ms: int, numbers: np.random.Generator, drifted: bool) -> Floats:
    if subject.value_type == "TIMESTAMP":
        return start_ms / 1000 - numbers.exponential(86_400.0, rows)
    if subject.value_type.startswith("ARRAY"):
        return numbers.binomial(5, 0.7, rows).astype(np.float64)
    mean, std = subject.baseline.get("mean", 12.0), subject.baseline.get("std_dev", 15.0)
    values = _skewed(mean, std, rows, numbers) if mean else std * numbers.standard_normal(rows)
    shifted = values * 2.6 if drifted else values
    return np.round(shifted) if subject.value_type.startswith("INT") else shifted


def _skewed(mean: float, std: float, rows: int, numbers: np.random.Generator) -> Floats:
    """Draws log-normal numbers of this mean and deviation."""
    spread = np.log1p((std / mean) ** 2)
    return numbers.lognormal(np.log(mean) - spread / 2, np.sqrt(spread), rows)


def _words(subject: Subject, rows: int, numbers: np.random.Generator, drifted: bool) -> Texts:
    if subject.value_type == "BOOL":
        return np.where(numbers.random(rows) < (0.24 if drifted else 0.02), "true", "false")
    known = DEVICES if "device" in subject.feature else COUNTRIES
    weights = 0.5 ** np.arange(len(known))
    weights = np.roll(weights, 2) if drifted else weights
    return numbers.choice(np.array(known), rows, p=weights / weights.sum())


def _binned(values: Floats, edges: Floats) -> tuple[int, ...]:
    counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    return tuple(map(int, counts))


def _counted(values: Texts, labels: tuple[str, ...]) -> tuple[int, ...]:
    counts = [int((values == label).sum()) for label in labels]
    return (*counts, len(values) - sum(counts))


def _psi(counts: npt.NDArray[np.int64], reference: npt.NDArray[np.int64]) -> tuple[float, ...]:
    """Returns (p - q) ln(p / q) for each bin, with half a row added to each."""
    p = (counts + 0.5) / (counts + 0.5).sum()
    q = (reference + 0.5) / (reference + 0.5).sum()
    return tuple(map(float, (p - q) * np.log(p / q)))
