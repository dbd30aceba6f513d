"""Draws the conclusion from all reports: incidents with one cause each, and the alerts about them.

A cause (standstill, silence, sudden refusals) is reported at once. A symptom of a feature waits until all features of
its interval were judged; then either a cause explains and holds it back, or it joins the incident of its source with
the same onset, or it begins a new incident. A symptom that outlives its cause is reported then.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from reports.alerting.incidents import withheld_symptoms as withheld
from reports.alerting.incidents.causes.causes import SUDDEN, Cause, Causes
from reports.alerting.incidents.causes.column_history import ColumnHistory
from reports.alerting.incidents.causes.lineage import Lineage
from reports.alerting.incidents.causes.rate_history import RateHistory
from reports.alerting.incidents.causes.standstill import SourceStanding, with_lag
from reports.alerting.incidents.conclusion_rules import ConclusionRules
from reports.alerting.incidents.conclusion_state import ConclusionState, renamed_state
from reports.alerting.incidents.explainer import Explainer
from reports.alerting.incidents.grouping import IncidentAssignment, homes
from reports.alerting.incidents.interim_reports import InterimReport, InterimReports, ShownReport
from reports.alerting.incidents.muting import as_shown
from reports.alerting.incidents.open_incident import OpenIncident
from reports.alerting.incidents.open_incidents import OpenIncidents
from reports.alerting.incidents.symptoms import KIND_OF
from reports.incidents import Incident
from reports.records import Alert, FeatureReport, SourceReport

VERSION = 1


class Conclusion:
    """Takes reports and returns them as readers see them; `drain` yields new incidents and alerts."""

    def __init__(self, lineage: Lineage, rules: ConclusionRules) -> None:
        self._lineage, self._rules = lineage, rules
        self._restore(ConclusionState())

    @property
    def waits(self) -> bool:
        """Returns whether symptoms are waiting to be settled."""
        return bool(self._waiting)

    def hear(self, report: FeatureReport | SourceReport) -> list[ShownReport]:
        """Processes a report; returns it as readers see it, interim while its symptoms wait, after those it ends."""
        if isinstance(report, SourceReport):
            return [self._hear_source(report)]
        if report.closed:
            self._hear_alerts(report.key, report.alerts, report.end_ms)
        waits = report.key in self._waiting
        if waits and not self._explainer.explain(report.key, report.end_ms):
            self._interim.put(report)
            return [InterimReport(self._shown(report, settling=True))]
        if waits and not report.closed:  # what is closed waits on, because it may have no cause
            self._interim.drop_open(report.key)
            return [self._shown(report)]
        return [*self._released(report.key), self._shown(report)]

    def release(self) -> list[ShownReport]:
        """Returns the reports whose symptoms were settled since they were shown as interim ones."""
        due = [feature for feature in self._interim.unsettled if feature not in self._waiting]
        return [report for feature in due for report in self._released(feature)]

    def with_headlines(self, report: FeatureReport | SourceReport) -> FeatureReport | SourceReport:
        """Returns a closed report with the firing incidents that concern it, as they are worded by now."""
        return self._book.with_headlines(report, self._explainer.concerning(report))

    def tick(self, now_ms: int) -> None:
        """Advances the time of a live run; reports a long pause of the pipeline."""
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
        """Processes an ended interval: the reports of its sources, and the firing alerts of features."""
        for report in sorted(sources, key=lambda report: report.source):
            self._hear_source(report)
        for feature, alerts in sorted(firing.items()):
            self._hear_alerts(feature, alerts, end_ms)
        self._causes.forget(end_ms)
        self._release()
        self.settle()

    def settle(self) -> None:
        """Decides on the waiting symptoms."""
        due = withheld.alerts_of(self._waiting)
        explained = {alert.key for alert in due if self._explainer.accounts_for(alert)}
        for alert in due:
            withheld.drop(self._waiting, alert)
            if alert.key in explained:
                withheld.put(self._held, alert)
        new = [alert for alert in due if alert.key not in explained]
        open_ones = [entry.incident for entry in self._book.open.values()]
        for home, alert in homes(new, open_ones, self._lineage, self._rules.length_ms):
            self._book.begin(home, alert)

    def drain(self) -> Iterator[Incident | Alert]:
        """Yields the incidents that changed, each followed by its alerts to send."""
        return self._book.drain(self._explainer.likely, self._hanging)

    def resume(self) -> None:
        """Starts over after a restart or a store loss: emits firing incidents again, ends removed ones."""
        self._book.touch()
        for entry in list(self._book.open.values()):
            for key in entry.keys:
                if not self._lineage.defines(entry.alerts[key]):
                    self._end(key, entry.incident.at_ms)
        for pile in (self._held, self._waiting, self._interim.unsettled):
            for feature in pile.keys() - self._lineage.features.keys():
                del pile[feature]

    def expect(self, earlier: Iterable[Incident]) -> None:
        """Takes the firing incidents of the run before, which may have gone on after the restored state was saved."""
        self._book.expect(earlier)

    def end_unseen(self, at_ms: int) -> None:
        """Ends the symptoms of the run before that do not fire in this one and do not wait to."""
        waiting = {alert.key for pile in (self._held, self._waiting) for alert in withheld.alerts_of(pile)}
        self._book.end_unseen(at_ms, waiting)

    def dump(self) -> bytes:
        """Encodes the conclusion as versioned bytes."""
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
            self._interim.unsettled,
        )
        return msgspec.msgpack.encode((VERSION, state))

    def load(self, data: bytes) -> bool:
        """Restores a dumped conclusion; starts over and returns False for another version."""
        version, state = msgspec.msgpack.decode(data, type=tuple[int, msgspec.Raw])
        if version == VERSION:
            self._restore(renamed_state(msgspec.msgpack.decode(state, type=ConclusionState), self._lineage.versions))
        return version == VERSION

    def _restore(self, state: ConclusionState) -> None:
        self._held, self._waiting = state.held, state.waiting
        self._interim = InterimReports(state.interim)
        self._standings, self._standstill = state.standings, state.standstill
        self._book = OpenIncidents(self._lineage, self._rules.pages_url, state.incidents)
        self._causes = Causes(self._lineage, self._rules.resolve * self._rules.length_ms, state.causes)
        self._columns = ColumnHistory(state.columns)
        self._columns.keep(self._lineage.sources)
        self._rates = RateHistory(state.rates)
        self._rates.keep(self._lineage.sources)
        self._explainer = Explainer(
            self._lineage, self._rules, self._causes, self._standings, self._columns, self._rates
        )

    def _released(self, feature: str) -> list[FeatureReport]:
        return [self._shown(report) for report in self._interim.take(feature)]

    def _shown(self, report: FeatureReport, settling: bool = False) -> FeatureReport:
        """Returns a report as readers see it."""
        explanation = self._explainer.explain(report.key, report.end_ms)
        return as_shown(report, explanation, self._fires, self._book.dressed, settling)

    def _fires(self, key: str) -> bool:
        """Returns whether a symptom belongs to an incident."""
        return self._book.home(key) is not None

    def _hear_alerts(self, feature: str, fires: tuple[Alert, ...], end_ms: int) -> None:
        """Processes the alerts of a feature's closed interval: they are all that fire for it."""
        alerts = {alert.key: alert for alert in fires}
        for key in self._book.of_subject(feature, ""):
            if key not in alerts:
                self._book.end(key, end_ms)
        held, waiting = self._held.pop(feature, {}), self._waiting.pop(feature, {})
        for key, alert in alerts.items():
            if self._fires(key):
                self._book.show(alert)
            elif key in held and not self._is_due(alert):
                withheld.put(self._held, alert)
            elif key in waiting or alert.score > alert.threshold:
                withheld.put(self._waiting, alert)

    def _hear_source(self, report: SourceReport) -> SourceReport:
        self._standings[report.source] = SourceStanding.of(report)
        self._columns.note(report)
        self._rates.note(report)
        alerts = {alert.key: alert for alert in self._of_source(report)}
        for key in self._book.of_subject("", report.source):
            if key not in alerts and self._is_over(key, report):
                self._end(key, report.end_ms)
        for alert in alerts.values():
            if self._fires(alert.key):
                self._book.show(alert)
            elif self._causes.standing() is None:
                self._begin_cause(alert)
        sent = tuple(self._book.dressed(alert) for alert in alerts.values() if self._fires(alert.key))
        return msgspec.structs.replace(report, alerts=sent)

    def _of_source(self, report: SourceReport) -> tuple[Alert, ...]:
        """Returns the alerts of a report about its source; in a live run, including a read delay."""
        if not self._rules.live:
            return report.alerts
        keys = self._book.of_subject("", report.source)
        firing = [alert for key in keys if (alert := self._book.alert(key))]
        return with_lag(report, firing, self._rules.standstill_ms)

    def _is_over(self, key: str, report: SourceReport) -> bool:
        """Returns whether a silence has ended: with the next event, not because a new run has watched too briefly."""
        alert = self._book.alert(key)
        return alert is None or alert.rule != "silence" or (report.arrived_ms or 0) > alert.onset_ms

    def _begin_cause(self, alert: Alert) -> None:
        kind = KIND_OF[alert.rule]
        self._book.begin(IncidentAssignment(alert.key, kind, alert.source, alert.onset_ms), alert)
        if alert.detail in SUDDEN:
            ahead_ms = int(alert.distance) if kind == "clock" else 0
            self._causes.begin(Cause(alert.key, kind, alert.source, alert.onset_ms, ahead_ms=ahead_ms))

    def _end(self, key: str, at_ms: int) -> None:
        if self._fires(key):
            self._book.end(key, at_ms)
            self._causes.end(key, at_ms)

    def _is_due(self, alert: Alert) -> bool:
        """Returns whether a held symptom is no longer explained and still exceeds its threshold."""
        return alert.score > alert.threshold and not self._explainer.accounts_for(alert)

    def _release(self) -> None:
        """Moves held symptoms that are due to the waiting ones."""
        for alert in withheld.alerts_of(self._held):
            if self._is_due(alert):
                withheld.drop(self._held, alert)
                withheld.put(self._waiting, alert)

    def _hanging(self, entry: OpenIncident) -> tuple[str, ...]:
        """Returns the features that are not judged while an incident lasts."""
        holds = any(cause.id == entry.incident.id and cause.end_ms is None for cause in self._causes.all())
        return self._lineage.hanging_on(entry.incident.source) if holds else ()
