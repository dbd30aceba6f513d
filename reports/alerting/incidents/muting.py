"""Shows reports of features as the pager knows them: muted while a cause explains them, pending before their
incident."""

from collections.abc import Callable

import msgspec

from reports.alerting.incidents.causes.causes import Explanation
from reports.records import Alert, FeatureReport, Status

MISLEADING: tuple[Status, ...] = ("firing", "pending", "resolving", "stale")
SETTLING = "starts an incident within seconds, once the other features of the interval are checked for the same cause"
"""Words for symptoms that wait for others of their interval."""
UNCONFIRMED = "no incident yet: one starts if the next interval confirms it"
"""Words for symptoms that no incident contains, because a cause explained them, or the incidents started over."""


def as_shown(
    report: FeatureReport,
    explanation: Explanation | None,
    fires: Callable[[str], bool],
    dress: Callable[[Alert], Alert],
    settling: bool = False,
) -> FeatureReport:
    """Returns the report as readers see it. `fires` tells whether an alert key was sent, `dress` adds its incident.

    Alerts that were not sent are left out. `settling` tells that they wait for other features of their interval.
    """
    sent = tuple(dress(alert) for alert in report.alerts if fires(alert.key))
    if explanation is None:
        unsent = tuple(alert for alert in report.alerts if not fires(alert.key))
        return _replaced(report, sent) if sent or not unsent else _pending(report, unsent, settling)
    mute = report.status in MISLEADING or (explanation.holds and report.status != "failed")
    if sent or not mute:
        return _replaced(report, sent)
    return msgspec.structs.replace(report, status="muted", note=explanation.note, alerts=())


def _pending(report: FeatureReport, unsent: tuple[Alert, ...], settling: bool) -> FeatureReport:
    """Returns the report of a feature without an incident: it does not fire before the pager is told."""
    if report.status not in ("firing", "resolving"):
        return _replaced(report, ())
    summaries = "; ".join(alert.summary for alert in unsent)
    note = f"{summaries}; {SETTLING if settling else UNCONFIRMED}"
    return msgspec.structs.replace(report, status="pending", note=note, alerts=())


def _replaced(report: FeatureReport, alerts: tuple[Alert, ...]) -> FeatureReport:
    return report if alerts == report.alerts else msgspec.structs.replace(report, alerts=alerts)
