"""Records of a feature's values in one interval: statistics and bins."""

from reports.records.record import Record


class FrequentValue(Record, frozen=True, kw_only=True):
    """A frequent value; `count` is an estimate that is never too low."""

    value: str
    count: int


class Summary(Record, frozen=True, kw_only=True):
    """The statistics of one feature in one interval. Arrays are profiled by their length."""

    rows: int  # one per entity, including those without a value
    entities: int = 0  # active in the interval; 0 if unknown
    sampled: int = 0  # rows whose values were profiled; all of them unless there are very many
    nulls: int = 0
    nans: int = 0
    infinite: int = 0
    zeros: int = 0
    negatives: int = 0
    mean: float | None = None
    std: float | None = None
    min: float | None = None
    max: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    distinct: float = 0.0
    true_ratio: float | None = None  # of BOOL
    top: tuple[FrequentValue, ...] = ()  # of STRING and BOOL
    curve: tuple[float, ...] = ()  # evenly spaced quantiles from p0 to p100


class Bins(Record, frozen=True, kw_only=True):
    """A histogram over fixed edges with open ends: `counts[i]` counts `edges[i-1] <= x < edges[i]`.

    For texts `labels` name the bins instead; the last is all others. `psi[i]` is the part of bin i in the PSI.
    """

    edges: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    reference: tuple[int, ...] = ()
    psi: tuple[float, ...] = ()


class Histogram(Record, frozen=True, kw_only=True):
    """Values now and before in common bins of equal width, for pictures: bin i begins at `low + i * width`.

    A bar joins `joined` bins. `outside` counts the values, now and before, beyond an end.
    """

    low: float = 0.0
    width: float = 0.0
    joined: int = 1
    whole: bool = False  # all values are integers, and no edge is one
    counts: tuple[int, ...] = ()
    reference: tuple[int, ...] = ()  # empty without a reference
    outside: tuple[int, int] = (0, 0)
