"""Sorts the features of a table by each of its columns."""

from collections.abc import Mapping

from reports.records import STATUSES
from reports.rendering import Row
from reports.verdict import severity

TEXTS = frozenset(("name", "owner"))


def sort_keys(row: Row) -> Mapping[str, float | str]:
    """Returns the sort key of each column; a missing number is the smallest."""
    summary, report, least = row.summary, row.report, float("-inf")
    return {
        "name": row.name,
        "status": -STATUSES.index(report.status),
        "rows": summary.rows,
        "null": summary.nulls / summary.rows if summary.rows else least,
        "distinct": summary.distinct,
        "mean": next((figure for figure in (summary.true_ratio, summary.mean) if figure is not None), least),
        "score": severity(report),
        "violations": sum(rule.violations for rule in report.rules),
        "freshness": least if report.freshness.p99 is None else report.freshness.p99,
        "owner": report.subject.owner,
    }
