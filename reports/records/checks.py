"""Records of an interval's checks: scores, rules, and samples that break them."""

from typing import Literal

from reports.records.record import Record


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

    rule: str  # in words: "range 0 to 50000"
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
    """Latency from publish to readable (s)."""

    p50: float | None = None
    p99: float | None = None
