"""Builds the table of features: grouped by status, the worst first; long groups of good statuses are collapsed.

A table with more rows than fit on a page continues on the next page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from reports.formats import STATUS_WORDS
from reports.records import FeatureReport, Status
from reports.rendering import Row
from reports.verdict import ordered
from serving.filter_choices import FilterChoice
from serving.pages.tables.feature_filter import FeatureFilter, choices

QUIET: frozenset[Status] = frozenset(("ok", "no_baseline", "too_few_rows", "warming_up", "too_new", "muted"))
LONG_TABLE, LONG_GROUP = 16, 8
MOST = 50
"""Lines of a page: few enough for a small page that a browser shows at once."""
COLUMNS = (
    ("name", "feature"), ("status", "status"), ("mean", "now"), ("", "trend"), ("null", "null"),
    ("distinct", "distinct"), ("score", "drift"), ("violations", "rules"), ("rows", "rows"),
    ("freshness", "fresh"), ("owner", "owner, tags"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StatusGroup:
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
    """The content of the table, of `total` features."""

    chosen: FeatureFilter
    choices: dict[str, list[FilterChoice]]
    groups: list[StatusGroup]
    shown: int
    total: int
    lines: int

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Returns the sort key and the title of each column."""
        return COLUMNS

    @property
    def moves(self) -> list[tuple[str, str]]:
        """Lists the pages before and after this one: words and address."""
        place = self.chosen.place
        before = [("Previous", max(0, place - MOST))] if place else []
        after = [("Next", place + MOST)] if place + MOST < self.lines else []
        return [(words, self.chosen.href(begin=str(begin or ""))) for words, begin in before + after]


def feature_table(reports: Sequence[FeatureReport], chosen: FeatureFilter) -> FeatureTable:
    """Returns the features that a filter admits, in its order."""
    rows = [Row(report) for report in ordered(reports) if chosen.admits(report)]
    lines = [*_lines(_groups(rows, chosen))]
    page = _together(lines[chosen.place : chosen.place + MOST])
    return FeatureTable(chosen, choices(reports), page, len(rows), len(reports), len(lines))


def _groups(rows: list[Row], chosen: FeatureFilter) -> list[StatusGroup]:
    if chosen.sort:
        return [StatusGroup(None, chosen.sorted(rows), folded=False)] if rows else []
    long = len(rows) > LONG_TABLE and not chosen.is_on and chosen.show != "all"
    groups: list[StatusGroup] = []
    for status, group in groupby(rows, key=lambda row: row.report.status):
        same = list(group)
        groups.append(StatusGroup(status, same, folded=long and _folds(status, len(same), first=not groups)))
    return groups


def _lines(groups: Sequence[StatusGroup]) -> Iterator[StatusGroup]:
    """Yields each line of the table as a separate group."""
    for group in groups:
        yield from [group] if group.folded else (replace(group, rows=[row]) for row in group.rows)


def _together(lines: Sequence[StatusGroup]) -> list[StatusGroup]:
    """Merges the lines of a page into groups."""
    page: list[StatusGroup] = []
    for (status, folded), group in groupby(lines, key=lambda line: (line.status, line.folded)):
        page.append(StatusGroup(status, [row for line in group for row in line.rows], folded))
    return page


def _folds(status: Status, count: int, *, first: bool) -> bool:
    """Returns whether a group is collapsed: not the first one, unless an incident above explains it."""
    return status in QUIET and count > LONG_GROUP and (not first or status == "muted")
