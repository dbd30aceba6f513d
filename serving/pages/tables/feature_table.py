"""Builds the table of features: grouped by status, the worst first; long groups of good statuses are collapsed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from reports.formats import STATUS_WORDS
from reports.records import FeatureReport, Status
from reports.rendering import Row
from reports.verdict import ordered
from serving.filter_choices import Choice
from serving.pages.tables.feature_filter import FeatureFilter, choices

QUIET: frozenset[Status] = frozenset(("ok", "no_baseline", "too_few_rows", "warming_up", "too_new", "muted"))
LONG_TABLE, LONG_GROUP = 16, 8
COLUMNS = (
    ("name", "feature"), ("status", "status"), ("mean", "now"), ("", "trend"), ("null", "null"),
    ("distinct", "distinct"), ("score", "drift"), ("violations", "rules"), ("rows", "rows"),
    ("freshness", "fresh"), ("owner", "owner, tags"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one status; `status` is empty if the table is sorted by a column."""

    status: Status | None
    rows: list[Row]
    folded: bool

    @property
    def words(self) -> str:
        """Returns the status in words."""
        return STATUS_WORDS[self.status] if self.status else ""


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """The content of the table, of `many` features."""

    chosen: FeatureFilter
    choices: dict[str, list[Choice]]
    groups: list[Group]
    shown: int
    many: int

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Returns the sort key and the title of each column."""
        return COLUMNS


def feature_table(reports: Sequence[FeatureReport], chosen: FeatureFilter) -> FeatureTable:
    """Returns the features that a filter admits, in its order."""
    rows = [Row(report) for report in ordered(reports) if chosen.admits(report)]
    return FeatureTable(chosen, choices(reports), _groups(rows, chosen), len(rows), len(reports))


def _groups(rows: list[Row], chosen: FeatureFilter) -> list[Group]:
    if chosen.sort:
        return [Group(None, chosen.sorted(rows), folded=False)] if rows else []
    long = len(rows) > LONG_TABLE and not chosen.is_on and chosen.show != "all"
    groups: list[Group] = []
    for status, some in groupby(rows, key=lambda row: row.report.status):
        same = list(some)
        groups.append(Group(status, same, folded=long and _folds(status, len(same), first=not groups)))
    return groups


def _folds(status: Status, many: int, *, first: bool) -> bool:
    """Returns whether a group is collapsed: not the first one, unless an incident above explains it."""
    return status in QUIET and many > LONG_GROUP and (not first or status == "muted")
