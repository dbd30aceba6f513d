"""Mutes reports of features that a cause explains: they say so instead of showing drift."""

from collections.abc import Callable

import msgspec

from reports.alerting.incidents.causes.causes import Explanation
from reports.records import Alert, FeatureReport, Status

MISLEADING: tuple[Status, ...] = ("firing", "pending", "resolving", "stale")


def as_shown(
    report: FeatureReport,
    explanation: Explanation | None,
    fires: Callable[[str], bool],
    dress: Callable[[Alert], Alert],
) -> FeatureReport:
    """Returns the report as readers see it. `fires` tells whether an alert key was sent, `dress` adds its incident."""
    if explanation is None:
        return _replaced(report, tuple(map(dress, report.alerts))) if report.alerts else report
    told = tuple(dress(alert) for alert in report.alerts if fires(alert.key))
    mute = report.status in MISLEADING or (explanation.holds and report.status != "failed")
    if told or not mute:
        return _replaced(report, told)
    return msgspec.structs.replace(report, status="muted", note=explanation.note, alerts=())


def _replaced(report: FeatureReport, alerts: tuple[Alert, ...]) -> FeatureReport:
    return report if alerts == report.alerts else msgspec.structs.replace(report, alerts=alerts)
