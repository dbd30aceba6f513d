"""Draws the conclusion from all reports: incidents with one cause each, and the alerts about them.

A cause (standstill, silence, sudden refusals) is told at once. What a check of a feature finds waits until the features
of its interval were judged; then a cause explains it, and holds it back, or it joins the incident of its source that
began with it, or begins one. What outlives its cause is told then.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from reports.alerting.incidents import symptom_piles as piles
from reports.alerting.incidents.causes.causes import SUDDEN, Cause, Causes, Explanation
from reports.alerting.incidents.causes.column_history import ColumnHistory
from reports.alerting.incidents.causes.lineage import Lineage
from reports.alerting.incidents.causes.rate_history import RateHistory
from reports.alerting.incidents.causes.standstill import SourceStanding, lagging
from reports.alerting.incidents.conclusion_rules import ConclusionRules
from reports.alerting.incidents.conclusion_state import ConclusionState, renamed_state
from reports.alerting.incidents.grouping import Home, homes
from reports.alerting.incidents.incident_book import IncidentBook
from reports.alerting.incidents.muting import shown
from reports.alerting.incidents.open_incident import OpenIncident
from reports.alerting.incidents.symptoms import KIND_OF
from reports.incidents import CAUSES, Incident
from reports.phrases import passed
from reports.records import Alert, FeatureReport, SourceReport

VERSION = 1
LATELY = 6
"""Intervals in which nothing in the events may have changed, if values only follow how many there are."""


class Conclusion:
    """Reports in, reports as they are to be shown out; `drain` gives the incidents and alerts that are new."""

    def __init__(self, lineage: Lineage, rules: ConclusionRules) -> None:
        self._lineage, self._rules = lineage, rules
        self._restore(ConclusionState())

    @property
    def waits(self) -> bool:
        """Whether symptoms wait to be settled."""
        return bool(self._waiting)

    def hear(self, report: FeatureReport | SourceReport) -> FeatureReport | SourceReport:
        """Takes note of a report; returns it as it is to be shown."""
        if isinstance(report, SourceReport):
            return self._hear_source(report)
        explanation = self._explained(report.subject.feature, report.end_ms)
        if explanation is None and all(alert.rule == "drift" for alert in report.alerts):
            explanation = self._by_volume(report.subject.feature, report.end_ms)
        if report.closed:
            self._hear_alerts(report.subject.feature, report.alerts, report.end_ms)
        return shown(report, explanation, lambda key: self._book.home(key) is not None, self._book.dressed)

    def tick(self, now_ms: int) -> None:
        """Time goes on in a live run; a long pause of the pipeline is told."""
        limit_ms = self._rules.standstill_ms
        if self._standstill.tick(now_ms, limit_ms):
            self._begin_cause(self._standstill.alert(now_ms, limit_ms))
        elif self._standstill.made_up([self._standings.get(name) for name in self._lineage.sources], limit_ms):
            self._end(self._standstill.alert(now_ms, limit_ms).key, now_ms)
            self._standstill.onset_ms = None
        self._causes.forget(now_ms)
        self._release()

    def hear_interval(
        self, sources: Iterable[SourceReport], firing: Mapping[str, tuple[Alert, ...]], end_ms: int
    ) -> None:
        """Takes note of a whole interval that has ended: what its sources report, and what fires of features."""
        for report in sorted(sources, key=lambda report: report.source):
            self._hear_source(report)
        for feature, alerts in sorted(firing.items()):
            self._hear_alerts(feature, alerts, end_ms)
        self._causes.forget(end_ms)
        self._release()
        self.settle()

    def settle(self) -> None:
        """Decides on the symptoms that wait."""
        due = piles.alerts_of(self._waiting)
        explained = {alert.key for alert in due if self._accounted(alert)}
        for alert in due:
            piles.drop(self._waiting, alert)
            if alert.key in explained:
                piles.put(self._held, alert)
        new = [alert for alert in due if alert.key not in explained]
        open_ones = [entry.incident for entry in self._book.open.values()]
        for home, alert in homes(new, open_ones, self._lineage, self._rules.length_ms):
            self._book.begin(home, alert)

    def drain(self) -> Iterator[Incident | Alert]:
        """The incidents that changed, each followed by the alerts about it that are to be sent."""
        return self._book.drain(self._likely, self._hanging)

    def resume(self) -> None:
        """A run begins, or the store was lost: what fires is written again, what is not defined any more is over."""
        self._book.touch()
        for entry in list(self._book.open.values()):
            for key in entry.keys:
                if not self._defined(entry.alerts[key]):
                    self._end(key, entry.incident.at_ms)
        for pile in (self._held, self._waiting):
            for feature in pile.keys() - self._lineage.features.keys():
                del pile[feature]

    def dump(self) -> bytes:
        """As versioned bytes."""
        state = ConclusionState(
            self._book.open,
            self._held,
            self._waiting,
            self._causes.all(),
            self._standings,
            self._standstill,
            self._columns.known,
            self._rates.known,
            self._lineage.versions,
        )
        return msgspec.msgpack.encode((VERSION, state))

    def load(self, data: bytes) -> bool:
        """Goes on from what was dumped; starts over, and returns False, if another version did."""
        version, state = msgspec.msgpack.decode(data, type=tuple[int, msgspec.Raw])
        if version == VERSION:
            self._restore(renamed_state(msgspec.msgpack.decode(state, type=ConclusionState), self._lineage.versions))
        return version == VERSION

    def _restore(self, state: ConclusionState) -> None:
        self._held, self._waiting = state.held, state.waiting
        self._standings, self._standstill = state.standings, state.standstill
        self._book = IncidentBook(self._lineage, self._rules.pages_url, state.incidents)
        self._causes = Causes(self._lineage, self._rules.resolve * self._rules.length_ms, state.causes)
        self._columns = ColumnHistory(state.columns)
        self._columns.keep(self._lineage.sources)
        self._rates = RateHistory(state.rates)
        self._rates.keep(self._lineage.sources)

    def _hear_alerts(self, feature: str, fires: tuple[Alert, ...], end_ms: int) -> None:
        """The alerts of a closed interval are all that fires of a feature."""
        alerts = {alert.key: alert for alert in fires}
        for key in self._book.of_subject(feature, ""):
            if key not in alerts:
                self._book.end(key, end_ms)
        held, waiting = self._held.pop(feature, {}), self._waiting.pop(feature, {})
        for key, alert in alerts.items():
            if self._book.home(key) is not None:
                self._book.show(alert)
            elif key in held:
                piles.put(self._held, alert)
            elif key in waiting or alert.score > alert.threshold:
                piles.put(self._waiting, alert)

    def _hear_source(self, report: SourceReport) -> SourceReport:
        self._standings[report.source] = SourceStanding.of(report)
        self._columns.note(report)
        self._rates.note(report)
        alerts = {alert.key: alert for alert in self._of_source(report)}
        for key in self._book.of_subject("", report.source):
            if key not in alerts and self._is_over(key, report):
                self._end(key, report.end_ms)
        for alert in alerts.values():
            if self._book.home(alert.key) is not None:
                self._book.show(alert)
            elif self._causes.standing() is None:
                self._begin_cause(alert)
        return msgspec.structs.replace(report, alerts=tuple(map(self._book.dressed, alerts.values())))

    def _of_source(self, report: SourceReport) -> tuple[Alert, ...]:
        """What a report says is wrong with its source, that it is read late included."""
        limit_ms = self._rules.standstill_ms
        known = [alert for alert in self._told(report.source) if alert.rule == "standstill"]
        if not self._rules.live or report.behind_ms <= (limit_ms // 2 if known else limit_ms):
            return report.alerts
        onset_ms = known[0].onset_ms if known else report.end_ms - report.behind_ms
        return (lagging(report, onset_ms, limit_ms), *report.alerts)

    def _told(self, source: str) -> list[Alert]:
        """What fires of a source."""
        keys = self._book.of_subject("", source)
        return [self._book.open[name].alerts[key] for key in keys if (name := self._book.home(key))]

    def _is_over(self, key: str, report: SourceReport) -> bool:
        """A silence is over with the next event, and not because a run that begins has watched too short."""
        name = self._book.home(key)
        alert = self._book.open[name].alerts[key] if name else None
        return alert is None or alert.rule != "silence" or (report.arrived_ms or 0) > alert.onset_ms

    def _begin_cause(self, alert: Alert) -> None:
        kind = KIND_OF[alert.rule]
        self._book.begin(Home(alert.key, kind, alert.source, alert.onset_ms), alert)
        if alert.detail in SUDDEN:
            ahead_ms = int(alert.distance) if kind == "clock" else 0
            self._causes.begin(Cause(alert.key, kind, alert.source, alert.onset_ms, ahead_ms=ahead_ms))

    def _end(self, key: str, at_ms: int) -> None:
        if self._book.home(key) is not None:
            self._book.end(key, at_ms)
            self._causes.end(key, at_ms)

    def _release(self) -> None:
        """What is explained no longer, and still exceeds its threshold, is to be told."""
        for alert in piles.alerts_of(self._held):
            if alert.score > alert.threshold and not self._accounted(alert):
                piles.drop(self._held, alert)
                piles.put(self._waiting, alert)

    def _explained(self, feature: str, at_ms: int) -> Explanation | None:
        """Why a feature is not judged at a time: by a cause, or because a source has been quiet for unusually long."""
        cause = self._causes.explain(feature, at_ms)
        if cause or not self._rules.live:
            return cause
        for source in self._lineage.sources_of(feature):
            standing = self._standings.get(source)
            quiet_ms = standing.quiet_ms(at_ms, self._rules.length_ms) if standing else 0
            if quiet_ms > 0:
                return Explanation("", f"not checked yet: no event from {source} for {passed(quiet_ms)}", holds=False)
        return None

    def _accounted(self, alert: Alert) -> bool:
        """Whether a symptom has a cause that is told, or is the day's course."""
        if self._explained(alert.feature, alert.at_ms):
            return True
        return alert.rule == "drift" and self._by_volume(alert.feature, alert.at_ms) is not None

    def _by_volume(self, feature: str, at_ms: int) -> Explanation | None:
        """That values follow how many events come, slowly more or fewer, while nothing in the events has changed."""
        sources = self._lineage.sources_of(feature)
        slope, lately_ms = self._rates.slope(sources), at_ms - LATELY * self._rules.length_ms
        if not slope or any(self._column_moved(source, lately_ms, [feature]) for source in sources):
            return None
        return Explanation("", f"not checked: values follow the number of events; {slope}", holds=False)

    def _column_moved(self, source: str, onset_ms: int, features: Iterable[str]) -> str:
        move = self._columns.moved(source, onset_ms, self._lineage.columns_read(source, features))
        return move.sentence if move else ""

    def _defined(self, alert: Alert) -> bool:
        """Whether the definitions still have what an alert is about."""
        if alert.feature:
            return alert.feature in self._lineage.features
        return not alert.source or alert.source in self._lineage.sources

    def _likely(self, entry: OpenIncident) -> str:
        """What moved in the events of the likely source, if it is about values."""
        incident = entry.incident
        if incident.kind in CAUSES or not incident.source:
            return ""
        moved = self._column_moved(incident.source, incident.onset_ms, entry.features)
        return moved or self._rates.moved(incident.source, incident.onset_ms)

    def _hanging(self, entry: OpenIncident) -> tuple[str, ...]:
        """The features that are not judged while an incident lasts."""
        holds = any(cause.id == entry.incident.id and cause.end_ms is None for cause in self._causes.all())
        return self._lineage.hanging_on(entry.incident.source) if holds else ()
