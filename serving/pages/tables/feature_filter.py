"""Parses which features a page shows, and their order, from its address."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from reports.formats import STATUS_WORDS
from reports.records import STATUSES, FeatureReport
from reports.rendering import Row
from serving.filter_choices import FilterChoice, counted
from serving.pages.addresses import place_in, query
from serving.pages.tables.sort_keys import TEXTS, sort_keys

CHOICES = ("entity", "owner", "tag", "status")


@dataclass(frozen=True, slots=True)
class FeatureFilter:
    """The choices of a reader; empty texts choose nothing. `text` is searched in all texts of the table."""

    entity: str = ""
    owner: str = ""
    tag: str = ""
    status: str = ""
    text: str = ""
    sort: str = ""
    show: str = ""
    begin: str = ""

    @property
    def place(self) -> int:
        """Returns how many lines of the table come before the page."""
        return place_in(self.begin)

    @property
    def is_on(self) -> bool:
        """Returns whether it excludes anything."""
        return any((self.entity, self.owner, self.tag, self.status, self.text.strip()))

    def admits(self, report: FeatureReport) -> bool:
        """Returns whether a feature is shown."""
        subject = report.subject
        texts = (subject.feature, subject.description, subject.owner, *subject.tags, STATUS_WORDS[report.status])
        words = " ".join(texts).lower()
        return (
            self.entity in ("", subject.entity_type)
            and self.owner in ("", subject.owner)
            and self.status in ("", report.status)
            and (not self.tag or self.tag in subject.tags)
            and all(word in words for word in self.text.lower().split())
        )

    def chosen(self, name: str) -> str:
        """Returns the choice of one filter."""
        return str(asdict(self)[name])

    def href(self, **changed: str) -> str:
        """Returns the query of this filter with some choices changed, from the beginning of the table."""
        asked = asdict(replace(self, **{"begin": "", **changed}))
        return query({QUERY_NAMES.get(name, name): value for name, value in asked.items()})

    def sort_href(self, key: str) -> str:
        """Returns the query that sorts by a column; reverses the order of one already sorted by."""
        return self.href(sort=f"-{key}" if self.sort == key else key)

    def direction(self, key: str) -> str:
        """Returns the sort order of a column as an ARIA value."""
        if self.sort.removeprefix("-") != key:
            return "none"
        return "ascending" if self._ascending() else "descending"

    def sorted(self, rows: Sequence[Row]) -> list[Row]:
        """Sorts rows by the chosen column; without one keeps their order, the worst first."""
        key = self.sort.removeprefix("-")
        if not rows or key not in sort_keys(rows[0]):
            return list(rows)
        return sorted(rows, key=lambda row: sort_keys(row)[key], reverse=not self._ascending())

    def _ascending(self) -> bool:
        """Returns whether the order is ascending: by default for texts, not for numbers."""
        return (self.sort.removeprefix("-") in TEXTS) != self.sort.startswith("-")


QUERY_NAMES = {"text": "q", "begin": "from"}


def filter_in(asked: Mapping[str, str]) -> FeatureFilter:
    """Parses the filter of an address.

    >>> filter_in({"owner": "risk-team@example.com", "q": "spend"}).href(status="firing")
    '?owner=risk-team%40example.com&status=firing&q=spend'
    """
    names = FeatureFilter.__dataclass_fields__
    return FeatureFilter(**{name: asked.get(QUERY_NAMES.get(name, name), "")[:200] for name in names})


def choices(reports: Iterable[FeatureReport]) -> dict[str, list[FilterChoice]]:
    """Lists the choices of each filter in alphabetical order; statuses begin with the worst."""
    subjects = [report.subject for report in reports]
    statuses = Counter(report.status for report in reports)
    return {
        "entity": counted(subject.entity_type for subject in subjects),
        "owner": counted(subject.owner for subject in subjects),
        "tag": counted(tag for subject in subjects for tag in subject.tags),
        "status": [
            FilterChoice(status, STATUS_WORDS[status], statuses[status]) for status in STATUSES if statuses[status]
        ],
    }
