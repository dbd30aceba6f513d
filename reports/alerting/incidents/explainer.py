"""Explains symptoms of features by the state of their sources; unexplained symptoms become incidents."""

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
from reports.records import Alert, FeatureReport, SourceReport


class Explainer:
    """Explains symptoms from the conclusion's knowledge of sources; changes nothing."""

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
        """Explains why a feature is not judged at a time: by a cause, or because a source has been unusually quiet."""
        cause = self._causes.explain(feature, at_ms)
        if cause or not self._rules.live:
            return cause
        for source in self._lineage.sources_of(feature):
            standing = self._standings.get(source)
            quiet_ms = standing.quiet_ms(at_ms, self._rules.length_ms) if standing else 0
            if quiet_ms > 0:
                return Explanation("", f"not checked yet: no event from {source} for {passed(quiet_ms)}", holds=False)
        return None

    def concerning(self, report: FeatureReport | SourceReport) -> set[str]:
        """Returns the incidents of the alerts of a report, and the cause that holds for it."""
        names = {alert.incident for alert in report.alerts}
        if isinstance(report, FeatureReport):
            explanation = self.explain(report.key, report.end_ms)
            return names | {explanation.incident} if explanation and explanation.holds else names
        standing = self._causes.standing()
        return names | {standing.id} if standing else names

    def accounts_for(self, alert: Alert) -> bool:
        """Returns whether a reported cause explains a symptom."""
        return self.explain(alert.feature, alert.at_ms) is not None

    def likely(self, entry: OpenIncident) -> str:
        """Words the move in the events of the likely source, if the incident is about values.

        What was found at the onset stands while an incident outlasts the memory of columns: the rate is no cause then.
        """
        incident = entry.incident
        if incident.kind in CAUSES or not incident.source:
            return ""
        if incident.likely and self._columns.has_forgotten(incident.source, incident.onset_ms):
            return incident.likely
        moved = self._column_moved(incident.source, incident.onset_ms, entry.features)
        return moved or self._rates.rate_change(incident.source, incident.onset_ms)

    def _column_moved(self, source: str, onset_ms: int, features: Iterable[str]) -> str:
        move = self._columns.most_moved(source, onset_ms, self._lineage.columns_read(source, features))
        return move.sentence if move else ""
