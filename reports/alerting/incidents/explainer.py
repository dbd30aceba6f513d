"""Explains what features show, by all that is known of their sources; what is left without an explanation is told."""

from collections.abc import Iterable, Mapping

from reports.alerting.incidents.causes.causes import Causes, Explanation
from reports.alerting.incidents.causes.column_history import ColumnHistory
from reports.alerting.incidents.causes.lineage import Lineage
from reports.alerting.incidents.causes.rate_history import RateHistory
from reports.alerting.incidents.causes.standstill import SourceStanding
from reports.alerting.incidents.conclusion_rules import ConclusionRules
from reports.alerting.incidents.open_incident import OpenIncident
from reports.incidents import CAUSES
from reports.phrases import passed
from reports.records import Alert

LATELY = 6
"""Intervals in which nothing in the events may have changed, if values only follow how many there are."""


class Explainer:
    """Explains by what the conclusion learns of sources; it looks at that, and changes none of it."""

    def __init__(
        self,
        lineage: Lineage,
        rules: ConclusionRules,
        causes: Causes,
        standings: Mapping[str, SourceStanding],
        columns: ColumnHistory,
        rates: RateHistory,
    ) -> None:
        self._lineage, self._rules, self._causes = lineage, rules, causes
        self._standings, self._columns, self._rates = standings, columns, rates

    def explain(self, feature: str, at_ms: int) -> Explanation | None:
        """Why a feature is not judged at a time: by a cause, or because a source has been quiet for unusually long."""
        cause = self._causes.explain(feature, at_ms)
        if cause or not self._rules.live:
            return cause
        for source in self._lineage.sources_of(feature):
            standing = self._standings.get(source)
            quiet_ms = standing.quiet_ms(at_ms, self._rules.length_ms) if standing else 0
            if quiet_ms > 0:
                return Explanation("", f"not judged yet: no event from {source} for {passed(quiet_ms)}", holds=False)
        return None

    def by_volume(self, feature: str, at_ms: int) -> Explanation | None:
        """That values follow how many events come, slowly more or fewer, while nothing in the events has changed."""
        sources = self._lineage.sources_of(feature)
        slope, lately_ms = self._rates.slope(sources), at_ms - LATELY * self._rules.length_ms
        if not slope or any(self._column_moved(source, lately_ms, [feature]) for source in sources):
            return None
        return Explanation("", f"not judged: values follow the number of events; {slope}", holds=False)

    def accounts_for(self, alert: Alert) -> bool:
        """Whether a symptom has a cause that is told, or is the day's course."""
        if self.explain(alert.feature, alert.at_ms):
            return True
        return alert.rule == "drift" and self.by_volume(alert.feature, alert.at_ms) is not None

    def likely(self, entry: OpenIncident) -> str:
        """What moved in the events of the likely source, if an incident is about values."""
        incident = entry.incident
        if incident.kind in CAUSES or not incident.source:
            return ""
        moved = self._column_moved(incident.source, incident.onset_ms, entry.features)
        return moved or self._rates.moved(incident.source, incident.onset_ms)

    def _column_moved(self, source: str, onset_ms: int, features: Iterable[str]) -> str:
        move = self._columns.moved(source, onset_ms, self._lineage.columns_read(source, features))
        return move.sentence if move else ""
