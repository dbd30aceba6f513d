"""Mutes the newest reports while a cause lasts: their features are not judged, whatever they showed before."""

from collections.abc import Iterable, Mapping

import msgspec

from reports.incidents import CAUSES, Incident, IncidentKind
from reports.moments import clock
from reports.records import FeatureReport

_NAMES: Mapping[str, str] = {
    "standstill": "the standstill of the pipeline",
    "silence": "the silence of {}",
    "clock": "the wrong event times of {}",
    "refusals": "the rejected events of {}",
}


def cause_name(kind: IncidentKind, source: str) -> str:
    """Names a cause within a sentence."""
    return _NAMES[kind].format(source)


def held_note(kind: IncidentKind, source: str, onset_ms: int, at_ms: int) -> str:
    """Words why a feature is not judged."""
    return f"not checked during {cause_name(kind, source)} since {clock(onset_ms, at_ms)}"


def muted_reports(
    reports: Iterable[FeatureReport], incidents: Iterable[Incident], stalled_ms: int | None, now_ms: int
) -> tuple[FeatureReport, ...]:
    """Returns the newest reports, muted if their cause began later. `stalled_ms` is since when the pipeline stands
    still.

    A firing feature keeps firing, because its alert was already sent.
    """
    causes = [incident for incident in incidents if incident.state == "firing" and incident.kind in CAUSES]
    why = {
        name: held_note(incident.kind, incident.source, incident.onset_ms, now_ms)
        for incident in causes
        for name in incident.muted
    }
    stands = "" if stalled_ms is None else held_note("standstill", "", stalled_ms, now_ms)
    return tuple(_muted(report, stands or why.get(report.key, "")) for report in reports)


def _muted(report: FeatureReport, why: str) -> FeatureReport:
    if not why or report.alerts or report.status in ("muted", "failed"):
        return report
    return msgspec.structs.replace(report, status="muted", note=why)
