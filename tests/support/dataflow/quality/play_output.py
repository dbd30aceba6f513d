"""What a play has shown and sent: reports, incidents and alerts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dataflows.quality.concluding.conclusion_logic import Concluded, IncidentWrites
from reports.alerting import InterimReport, ShownReport
from reports.incidents import Incident
from reports.records import Alert, FeatureReport, SourceReport
from reports.verdict import verdict


@dataclass
class Told:
    """An alert and the time it was sent (ms)."""

    at_ms: int
    alert: Alert


@dataclass
class PlayOutput:
    """The newest reports that pages show, the recorded ones, incidents by id, and alerts in order."""

    told: list[Told] = field(default_factory=list, init=False)
    incidents: dict[str, Incident] = field(default_factory=dict, init=False)
    closed: dict[str, FeatureReport | SourceReport] = field(default_factory=dict, init=False)
    shown: dict[str, FeatureReport | SourceReport] = field(default_factory=dict, init=False)
    history: list[FeatureReport | SourceReport] = field(default_factory=list, init=False)

    @property
    def verdict(self) -> str:
        """Returns the verdict that the pages show now."""
        shown = [self.closed.get(key, report) for key, report in self.shown.items()]
        features = [report for report in shown if isinstance(report, FeatureReport)]
        sources = [report for report in shown if isinstance(report, SourceReport)]
        return verdict(features, sources, self.incidents.values())

    @property
    def fired(self) -> list[Alert]:
        """Returns the alerts that fired, in order."""
        return [told.alert for told in self.told if told.alert.state == "firing"]

    def groups(self) -> list[str]:
        """Returns the incidents that fired at the pager, each once."""
        return list(dict.fromkeys(alert.incident for alert in self.fired))

    def take(self, at_ms: int, out: Sequence[Concluded]) -> None:
        """Takes what the conclusion emits at a time (ms)."""
        for item in out:
            if isinstance(item, Alert):
                self.told.append(Told(at_ms, item))
            elif isinstance(item, IncidentWrites):
                for name, written in item.fields.items():
                    if written is not None:
                        self.incidents[name] = Incident.decode(written)
            else:
                self._show(item)

    def _show(self, item: ShownReport) -> None:
        """Stores a report for the pages; the history contains no interim ones."""
        report = item.report if isinstance(item, InterimReport) else item
        self.shown[report.key] = report
        if report.closed:
            self.closed[report.key] = report
            self.history += [] if isinstance(item, InterimReport) else [report]


def the_incident(play: PlayOutput) -> Incident:
    """Returns the only incident of a play."""
    (incident,) = play.incidents.values()
    return incident
