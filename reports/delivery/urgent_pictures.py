"""Selects urgent pictures: those of features that fire or have just resolved, in their newest interval."""

from collections.abc import Mapping

from reports.delivery.pending_interval import PendingInterval, Report
from reports.records import FeatureReport, Status
from reports.verdict import severity

ALARMED: tuple[Status, ...] = ("firing", "resolving")


class UrgentPictures:
    """Takes reports as they arrive; a newer report of a feature replaces the previous one."""

    def __init__(self) -> None:
        self._newest: dict[str, tuple[int, Status]] = {}
        self._urgent: dict[str, tuple[float, int]] = {}  # severity, and start of the interval

    def add(self, report: Report) -> None:
        """Adds a report of a closed interval."""
        if not isinstance(report, FeatureReport):
            return
        known_ms, before = self._newest.get(report.key, (report.start_ms, "ok"))
        if known_ms > report.start_ms:
            return
        self._newest[report.key] = report.start_ms, report.status
        if report.status == "firing" or (before in ALARMED and report.status not in ALARMED):
            self._urgent[report.key] = severity(report), report.start_ms
        else:
            self._urgent.pop(report.key, None)

    def next(self, intervals: Mapping[int, PendingInterval]) -> tuple[PendingInterval, str] | None:
        """Returns the interval and the feature to draw next, the worst first; None if no urgent picture is missing."""
        while self._urgent:
            name = max(self._urgent, key=lambda name: self._urgent[name])
            interval = intervals.get(self._urgent[name][1])
            if interval is not None and name in interval.undrawn:
                return interval, name
            del self._urgent[name]
        return None
