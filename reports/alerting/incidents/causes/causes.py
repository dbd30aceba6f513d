"""Explains why values look wrong: by a current cause, or by one whose traces are still in their windows."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from reports.alerting.features.source_troubles import traced_ms
from reports.alerting.incidents.causes.lineage import Lineage
from reports.incidents import CAUSES, IncidentKind
from reports.moments import clock
from reports.muted_reports import cause_name, held_note
from reports.phrases import passed

SUDDEN = ("silence", "clock", "refusals", "standstill")
"""Alert details of sources that explain their features; a few refused events do not."""


class Cause(msgspec.Struct, frozen=True, array_like=True):
    """An incident that explains others; `source` is empty for the pipeline. `share` is the share of affected events."""

    id: str
    kind: IncidentKind
    source: str
    onset_ms: int
    end_ms: int | None = None
    ahead_ms: int = 0  # by which event times are ahead: windows hold the events that much longer


@dataclass(frozen=True, slots=True)
class Explanation:
    """The incident because of which a feature is not judged, and a sentence."""

    incident: str
    note: str
    holds: bool  # False once the cause has ended, while its traces last


class Causes:
    """Current and ended causes; symptoms calm down within `settle_ms`."""

    def __init__(self, lineage: Lineage, settle_ms: int, known: Iterable[Cause] = ()) -> None:
        self._lineage, self._settle_ms = lineage, settle_ms
        self._causes = {cause.id: cause for cause in known}

    def all(self) -> tuple[Cause, ...]:
        """Returns the remembered causes."""
        return tuple(self._causes.values())

    def begin(self, cause: Cause) -> None:
        """Adds a cause that holds from now on."""
        self._causes[cause.id] = cause

    def end(self, incident: str, end_ms: int) -> None:
        """Ends a cause."""
        if known := self._causes.get(incident):
            self._causes[incident] = msgspec.structs.replace(known, end_ms=end_ms)

    def forget(self, now_ms: int) -> None:
        """Drops causes without traces."""
        windows = (feature.window_ms for feature in self._lineage.features.values())
        longest = max(windows, default=0)
        self._causes = {
            name: cause
            for name, cause in self._causes.items()
            if cause.end_ms is None or now_ms < self._until(cause, longest)
        }

    def standing(self) -> Cause | None:
        """Returns the standstill of the whole pipeline, while it lasts."""
        return next((cause for cause in self._causes.values() if not cause.source and cause.end_ms is None), None)

    def explain(self, feature: str, at_ms: int) -> Explanation | None:
        """Explains why a feature is not judged at a time; None if it is judged."""
        known = self._lineage.features.get(feature)
        if known is None or not self._causes:
            return None
        mine = [
            cause
            for cause in self._causes.values()
            if cause.onset_ms <= at_ms
            and (not cause.source or cause.source in known.columns)
            and (cause.end_ms is None or at_ms < self._until(cause, known.window_ms))
        ]
        if not mine:
            return None
        worst = min(mine, key=lambda cause: (cause.end_ms is not None, CAUSES.index(cause.kind), cause.onset_ms))
        return Explanation(worst.id, self._note(worst, known.window_ms, at_ms), worst.end_ms is None)

    def _note(self, cause: Cause, window_ms: int, at_ms: int) -> str:
        name = cause_name(cause.kind, cause.source)
        if cause.end_ms is None:
            return held_note(cause.kind, cause.source, cause.onset_ms, at_ms)
        until = clock(self._until(cause, window_ms), at_ms)
        since, lasted = clock(cause.onset_ms, at_ms), passed(cause.end_ms - cause.onset_ms)
        return f"not checked until {until}: its window contains {name} (from {since}, {lasted})"

    def _until(self, cause: Cause, window_ms: int) -> int:
        """Returns when the traces of an ended cause have left a window (ms)."""
        end_ms = cause.onset_ms if cause.end_ms is None else cause.end_ms
        return end_ms + cause.ahead_ms + traced_ms(end_ms - cause.onset_ms, window_ms) + self._settle_ms
