"""Tracks the incidents of one subject: turns the check results of each interval into alerts."""

from collections.abc import Iterable

import msgspec

from reports.alert_keys import key_of
from reports.alerting.alert_state import QUIET, AlertState, Evaluation, Policy, step
from reports.alerting.checks import CheckResult
from reports.records import Alert


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """The recipient of an alert."""

    feature: str
    source: str
    owner: str
    group: str


class AlertTracker:
    """Incidents by (rule, name), with the alert of each firing one.

    A check without a result in an interval is muted.
    """

    def __init__(self, recipient: Recipient, policy: Policy) -> None:
        self._recipient = recipient
        self._policy = policy
        self._incidents: dict[tuple[str, str], AlertState] = {}
        self._alerts: dict[tuple[str, str], Alert] = {}

    def look(self, findings: Iterable[CheckResult], start_ms: int, at_ms: int) -> tuple[Alert, ...]:
        """Advances by one closed interval; returns the alerts that fire or resolve."""
        return tuple(alert for finding in findings if (alert := self._look(finding, start_ms, at_ms)))

    def incident(self, rule: str, name: str) -> AlertState:
        """Returns the incident of a check."""
        return self._incidents.get((rule, name), QUIET)

    def incidents(self) -> dict[tuple[str, str], AlertState]:
        """Returns the incidents that are not ok, by (rule, name)."""
        return {name: incident for name, incident in self._incidents.items() if incident.phase != "ok"}

    def alerts(self) -> tuple[Alert, ...]:
        """Returns the firing alerts."""
        return tuple(self._alerts.values())

    def alert(self, rule: str, name: str) -> Alert | None:
        """Returns the alert of a check while it fires."""
        return self._alerts.get((rule, name))

    def dump(self) -> bytes:
        """Encodes the state as bytes."""
        entries = [(*name, incident.dump(), self._alerts.get(name)) for name, incident in self._incidents.items()]
        return msgspec.msgpack.encode(entries)

    def restore(self, data: bytes) -> None:
        """Restores a dumped state; its alerts take the current name of the recipient."""
        entries = msgspec.msgpack.decode(data, type=list[tuple[str, str, bytes, Alert | None]])
        self._incidents = {(rule, name): AlertState.load(incident) for rule, name, incident, _ in entries}
        addressed = msgspec.structs.asdict(self._recipient)
        self._alerts = {
            (rule, name): msgspec.structs.replace(alert, **addressed) for rule, name, _, alert in entries if alert
        }

    def _look(self, finding: CheckResult, start_ms: int, at_ms: int) -> Alert | None:
        name = finding.rule, finding.name
        look = Evaluation(finding.score, finding.threshold, start_ms)
        incident, change = step(self.incident(*name), look, self._policy)
        self._incidents[name] = incident
        before = self._alerts.pop(name, None)
        if change == "resolved":
            return self._alert(finding, incident, before, at_ms, over=True)
        if not incident.alerting:
            return None
        self._alerts[name] = self._alert(finding, incident, before, at_ms, over=False)
        return self._alerts[name] if change else None

    def _alert(
        self, finding: CheckResult, incident: AlertState, before: Alert | None, at_ms: int, *, over: bool
    ) -> Alert:
        """Builds the alert of this interval; detail and key stay those of its onset."""
        subject = self._recipient.feature or self._recipient.source
        key = before.key if before else key_of(subject, finding.rule, finding.name, incident.onset_ms)
        alert = alert_of(self._recipient, finding, key, incident.onset_ms, at_ms, incident.looks)
        alert = msgspec.structs.replace(alert, detail=before.detail if before else finding.detail)
        return resolved(alert) if over else alert


def alert_of(recipient: Recipient, result: CheckResult, key: str, onset_ms: int, at_ms: int, windows: int) -> Alert:
    """Creates the firing alert of a check result."""
    words = result.words
    return Alert(
        **msgspec.structs.asdict(recipient),
        key=key,
        rule=result.rule,
        detail=result.detail,
        state="firing",
        onset_ms=onset_ms,
        at_ms=at_ms,
        windows=windows,
        score=result.score,
        threshold=result.threshold,
        n=result.n,
        summary=words.sentence,
        what=words.what,
        now=words.now,
        usual=words.usual,
        distance=words.distance,
    )


def resolved(alert: Alert) -> Alert:
    """Resolves an alert, with its current numbers."""
    return msgspec.structs.replace(alert, state="resolved", summary=f"resolved: {alert.summary}")
