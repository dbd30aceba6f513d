"""The measurements of one feature in one interval."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reports.profiling import Profile
from reports.records import Bins, RuleCount, Score, Summary


@dataclass(frozen=True, slots=True)
class MeasuredInterval:
    """The measurements of an interval (ms); scores and bins only if it was compared with others."""

    profile: Profile
    summary: Summary
    start_ms: int
    end_ms: int
    rules: tuple[RuleCount, ...]
    scores: tuple[Score, ...] = ()
    bins: Bins = field(default_factory=Bins)
    trained: Mapping[str, Bins] = field(default_factory=dict)  # by data set

    @property
    def level(self) -> float | None:
        """Returns the interval's point on the trail; None without values."""
        if self.profile.kind == "text":
            return self.summary.distinct or None
        return self.summary.true_ratio if self.profile.kind == "truth" else self.summary.mean
