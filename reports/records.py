"""Records of the quality branch about features and intervals, read by topics, stores, pages and the terminal.

Times are ms since 1970 unless named otherwise. Numbers that do not exist (the mean of no values) are None.
"""

from typing import Literal, TypeVar

import msgspec

Status = Literal[
    "firing",
    "pending",
    "resolving",
    "ok",
    "no_baseline",
    "too_few_rows",
    "too_new",
    "warming_up",
    "stale",
    "failed",
    "muted",
]
STATUSES: tuple[Status, ...] = (
    "firing", "pending", "resolving", "failed", "muted", "stale", "too_few_rows", "warming_up", "too_new",
    "no_baseline", "ok",
)  # fmt: skip
"""The worst first, as a table is sorted."""

R = TypeVar("R", bound="Record")


def source_key(source: str) -> str:
    """The key of a source among those of features, which are their names; no feature can be called so.

    >>> source_key("orders")
    'source:orders'
    """
    return f"source:{source}"


def is_source_key(key: str) -> bool:
    """Whether a key is that of a source.

    >>> is_source_key("source:orders"), is_source_key("orders_1h")
    (True, False)
    """
    return key.startswith(source_key(""))


def quality_key(prefix: str, subject_key: str) -> str:
    """The Redis hash that holds the newest reports of a subject: `open` and `closed`.

    >>> quality_key("headrace", source_key("orders"))
    'headrace:_quality:source:orders'
    """
    return f"{prefix}:_quality:{subject_key}"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One JSON object; unknown fields of a newer version are passed over."""

    def encode(self) -> bytes:
        """As JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls: type[R], payload: bytes | str) -> R:
        """From JSON. Raises msgspec.DecodeError."""
        return msgspec.json.decode(payload, type=cls)


class Subject(Record, frozen=True, kw_only=True):
    """The feature of a report, as its definition describes it."""

    feature: str
    version: int
    fingerprint: str
    entity_type: str
    value_type: str
    owner: str
    description: str = ""
    tags: tuple[str, ...] = ()
    source: str = ""  # empty for a derived feature, which `reads` others
    reads: tuple[str, ...] = ()
    raw_topic: str = ""
    feature_topic: str = ""
    filter: str = ""
    value: str = ""
    expression: str = ""
    aggregation: str = ""
    window_ms: int = 0  # 0 for lifetime
    hop_ms: int = 0
    baseline: dict[str, float] = {}
    runbook: str = ""  # URL of what to do when an alert fires


class Top(Record, frozen=True, kw_only=True):
    """A frequent value; `count` is an estimate that is never too low."""

    value: str
    count: int


class Summary(Record, frozen=True, kw_only=True):
    """The values of one feature in one interval. Arrays are profiled by their length."""

    rows: int  # all rows, those without a value included: one an entity
    entities: int = 0  # active in the interval; 0 where that is not known
    sampled: int = 0  # whose values were looked at; all of them unless there are very many
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
    top: tuple[Top, ...] = ()  # of STRING and BOOL
    curve: tuple[float, ...] = ()  # evenly spaced quantiles from p0 to p100


class Bins(Record, frozen=True, kw_only=True):
    """A histogram over fixed edges with open ends: `counts[i]` is of `edges[i-1] <= x < edges[i]`.

    For texts `labels` name the bins instead, the last being all others. `psi[i]` is the part of bin i in the PSI.
    """

    edges: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    reference: tuple[int, ...] = ()
    psi: tuple[float, ...] = ()


class Histogram(Record, frozen=True, kw_only=True):
    """Values now and before in the same bins of equal width, for pictures: bin i begins at `low + i * width`.

    A bar joins `joined` bins. `outside` is how many values, now and before, are beyond an end.
    """

    low: float = 0.0
    width: float = 0.0
    joined: int = 1
    whole: bool = False  # all values are whole numbers, and no edge is one
    counts: tuple[int, ...] = ()
    reference: tuple[int, ...] = ()  # empty without a reference
    outside: tuple[int, int] = (0, 0)


class Score(Record, frozen=True, kw_only=True):
    """The score of one drift measure. `threshold` depends on `n`; `over` is whether the score exceeds it."""

    measure: str  # mean_shift, std_ratio, p95_share, psi, js, ks, w1, l_infinity, new_share
    against: str  # baseline, reference, or the name of a data set
    score: float
    threshold: float
    n: int
    over: bool


class RuleCount(Record, frozen=True, kw_only=True):
    """Violations of one validation rule."""

    rule: str  # as people read it: "range 0 to 50000"
    on_violation: Literal["flag", "quarantine"]
    violations: int
    rate: float  # of the rows


class Sample(Record, frozen=True, kw_only=True):
    """A value that violates a rule, or a rejected event."""

    entity: str
    value: str
    at_ms: int
    reason: str


class Latency(Record, frozen=True, kw_only=True):
    """From publish to readable (s)."""

    p50: float | None = None
    p99: float | None = None


class Alert(Record, frozen=True, kw_only=True):
    """A firing or resolved alert. `key` identifies its incident, also in a replay."""

    key: str
    feature: str  # empty for an alert about a source
    source: str  # empty, with the feature, for an alert about the pipeline
    rule: str  # drift, violations, freshness, silence, clock, refusals, standstill
    detail: str  # the measure or the validation rule
    state: Literal["firing", "resolved"]
    onset_ms: int
    at_ms: int
    windows: int  # closed intervals since the onset
    score: float
    threshold: float
    n: int
    summary: str  # one sentence
    owner: str
    group: str  # alerts of one group are told together
    incident: str = ""  # id of the incident that the alert tells of
    now: str = ""  # a plain number with its unit: what it is
    usual: str = ""  # and what it usually is
    what: str = ""  # the statistic, as people call it: "mean", "share of country XX"
    action: str = ""  # what to do first
    runbook: str = ""  # URL
    link: str = ""  # URL of the incident's page
    adopted_ms: int | None = None  # since when the reference takes over the new level, if it does
    distance: float = 0.0  # of `now` from `usual`, compared where `what` is the same; 0 where only scores can be


class FeatureReport(Record, frozen=True, kw_only=True):
    """One feature in one interval."""

    subject: Subject
    start_ms: int
    end_ms: int
    closed: bool  # False while the interval goes on
    status: Status
    note: str  # one sentence that says why the status is what it is
    summary: Summary
    reference: Summary | None = None
    reference_intervals: int = 0
    bins: Bins = Bins()
    histogram: Histogram = Histogram()  # of numbers, lengths and times
    scores: tuple[Score, ...] = ()
    rules: tuple[RuleCount, ...] = ()
    samples: tuple[Sample, ...] = ()
    freshness: Latency = Latency()
    trail: tuple[float | None, ...] = ()  # means (or true ratios, or distinct counts of texts) of recent slices
    alerts: tuple[Alert, ...] = ()  # those not over at the end of the interval
    nulled: dict[str, int] = {}  # values that could not be computed, by reason
    missed: int = 0  # entities of closed intervals that came too late to be judged, since the last report

    @property
    def key(self) -> str:
        """Of the subject, in topics and in Redis."""
        return self.subject.feature

    @property
    def worst(self) -> Score | None:
        """The score furthest over, or nearest to, its threshold."""
        return max(self.scores, key=lambda score: score.score / score.threshold, default=None)


class ColumnProfile(Record, frozen=True, kw_only=True):
    """A raw column of a source in one interval, from a sample of its events."""

    column: str
    events: int
    nulls: int = 0
    mean: float | None = None
    std: float | None = None
    true_ratio: float | None = None
    top: tuple[Top, ...] = ()  # of texts, counted exactly within the sample


class SourceReport(Record, frozen=True, kw_only=True):
    """The events of one source in one interval."""

    source: str
    topic: str
    start_ms: int
    end_ms: int
    closed: bool
    events: int
    rejects: dict[str, int] = {}  # by reason, those that came late included
    samples: tuple[Sample, ...] = ()
    newest_ms: int | None = None  # newest event time ever seen
    silent_ms: int = 0  # since the last event arrived
    alerts: tuple[Alert, ...] = ()
    arrived_ms: int | None = None  # when the last event arrived
    usual_gap_ms: int | None = None  # how long it is usually quiet at this time of day; None until that is known
    behind_ms: int = 0  # how much later than usual the newest event was read after it was published
    columns: tuple[ColumnProfile, ...] = ()  # those that features read; of closed intervals

    @property
    def key(self) -> str:
        """Of the subject, in topics and in Redis."""
        return source_key(self.source)


class IntervalReport(Record, frozen=True, kw_only=True):
    """All that is known of one closed interval: the JSON twin of the HTML report."""

    start_ms: int
    end_ms: int
    verdict: str
    features: tuple[FeatureReport, ...]
    sources: tuple[SourceReport, ...] = ()
