"""Compares the statistics of a feature in an interval with their usual values."""

from dataclasses import dataclass

from reports import formats
from reports.records import FeatureReport
from reports.verdict import compared

NAMES = ("true_ratio", "mean", "std", "min", "p50", "p95", "p99", "max")
WORDS = {"true_ratio": "true", "std": "deviation"}
NO_CHANGE = ("TIMESTAMP", "BOOL")


@dataclass(frozen=True, slots=True)
class ValueNow:
    """A statistic now, usually, and its change; unknown values are empty texts."""

    name: str
    now: str
    usual: str
    change: str

    @property
    def sentence(self) -> str:
        """Words the statistic in a sentence.

        >>> ValueNow("mean", "212", "154", "+38 %").sentence, ValueNow("mean", "212", "", "").sentence
        ('mean 212, usually 154 (+38 %)', 'mean 212')
        """
        usual = f", usually {self.usual}" if self.usual else ""
        return f"{self.name} {self.now}{usual}{f' ({self.change})' if self.change else ''}"


def values_now(report: FeatureReport) -> list[ValueNow]:
    """Lists the statistics that exist."""
    return [_value(report, name) for name in NAMES if getattr(report.summary, name) is not None]


def main_value(report: FeatureReport) -> ValueNow | None:
    """Returns the most important statistic: the mean, the true share, else the number of values."""
    known = [name for name in NAMES if getattr(report.summary, name) is not None]
    if known[:1] in (["true_ratio"], ["mean"]):
        return _value(report, known[0])
    if known or not report.summary.rows:
        return None
    distinct = report.reference.distinct if report.reference else None
    usual = "" if distinct is None else formats.number(distinct)
    return ValueNow("distinct", formats.number(report.summary.distinct), usual, "")


def _value(report: FeatureReport, name: str) -> ValueNow:
    kind = "BOOL" if name == "true_ratio" else formats.kind_of(name, report.subject.value_type)
    sides, now, word = compared(report, name), getattr(report.summary, name), WORDS.get(name, name)
    if sides is None:
        return ValueNow(word, formats.percent(now) if kind == "BOOL" else formats.reading(now, kind), "", "")
    shown, usual = map(formats.percent, sides) if kind == "BOOL" else formats.readings(*sides, kind)
    return ValueNow(word, shown, usual, "" if kind in NO_CHANGE else formats.change(*sides))
