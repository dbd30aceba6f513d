"""Checks on a closed interval of a feature: drift, validation rules and freshness, each against its threshold."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.alerting.explanations import PlainStatistic, ScoreContext, explained
from reports.alerting.thresholds import JudgedRule, Limits
from reports.drift import of_share
from reports.formats import percent
from reports.moments import seconds
from reports.profiling import Profile
from reports.records import RuleCount, Score

ESTIMATE = 0.05
"""Relative tolerance for an estimated distinct count: three standard errors."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check; `name` identifies the check in every interval, `detail` its worst measure."""

    rule: str  # drift, violations, freshness, silence, refusals
    name: str
    detail: str
    score: float
    threshold: float
    n: int
    words: PlainStatistic

    @classmethod
    def worded(
        cls, rule: str, name: str, score: float, threshold: float, n: int, words: PlainStatistic
    ) -> "CheckResult":
        """Creates the result of a check whose only measure has its name."""
        return cls(rule, name, name, score, threshold, n, words)


def drift(scenes: Sequence[ScoreContext]) -> Iterator[CheckResult]:
    """Yields the worst score against each of the baseline, the reference and the data sets, where they exist."""
    for against in dict.fromkeys(scene.score.against for scene in scenes):
        sides = [scene for scene in scenes if scene.score.against == against]
        scene = max(sides, key=lambda rival: heat(rival.score))
        score = scene.score
        yield CheckResult("drift", against, score.measure, score.score, score.threshold, score.n, explained(scene))


def violations(
    rules: Sequence[JudgedRule], counts: Sequence[RuleCount], rows: int, limits: Limits
) -> Iterator[CheckResult]:
    """Yields the violation rate of each rule; below `min_rows` rows, the threshold allows for chance."""
    few = of_share(limits.violation_rate, 1 / rows) if 0 < rows < limits.min_rows else 0.0
    allowed = limits.violation_rate
    for rule, broken in zip(rules, counts, strict=True) if rows else ():
        statistic = f"violations of {broken.rule!r}", f"{percent(broken.rate)} of rows", f"at most {percent(allowed)}"
        known = "violations", rule.known_as, broken.rule
        yield CheckResult(*known, broken.rate, allowed + few, rows, PlainStatistic(*statistic))


def freshness(profile: Profile, limits: Limits) -> Iterator[CheckResult]:
    """Yields the p99 freshness, if rows were timed."""
    p99, n = profile.latency().p99, profile.latencies.n
    if p99 is not None:
        words = PlainStatistic(
            "p99 freshness from publish to readable", seconds(p99), f"at most {seconds(limits.freshness_s)}"
        )
        yield CheckResult.worded("freshness", "p99", p99, limits.freshness_s, n, words)


def rule_counts(profile: Profile, rules: Sequence[JudgedRule]) -> tuple[RuleCount, ...]:
    """Counts the violations of each rule; for a unique_ratio rule, the number of missing distinct values."""
    weight = profile.rows / max(1, profile.sampled)
    many = [
        broken if rule.least_unique is None else round(lacking(profile, rule.least_unique) * weight)
        for rule, broken in zip(rules, profile.violations, strict=True)
    ]
    return tuple(
        RuleCount(rule=rule.name, on_violation=rule.on_violation, violations=broken, rate=broken / max(1, profile.rows))
        for rule, broken in zip(rules, many, strict=True)
    )


def lacking(profile: Profile, least: float) -> int:
    """Counts the distinct values missing to reach a ratio, with a tolerance for an estimated count."""
    distinct = profile.distinct
    counted = distinct if distinct == int(distinct) else distinct * (1 + ESTIMATE)
    return max(0, math.ceil(least * profile.present - counted - 1e-9))


def heat(score: Score) -> float:
    """Returns a score as a multiple of its threshold."""
    return score.score / score.threshold
