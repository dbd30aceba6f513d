"""Logs sent and waiting alerts in one small file, so that a replay sends no alert twice."""

import logging
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from reports.errors import UNDECODABLE
from reports.records import Alert, Record

MOST_KEYS = 10_000  # of ended incidents
OLDEST_MS = 86_400_000  # older alerts, such as those of a replay, are not sent

_log = logging.getLogger(__name__)


class _Kept(Record, frozen=True, kw_only=True):
    """The content of the file."""

    version: int = 1
    waiting: tuple[Alert, ...] = ()
    firing: tuple[Alert, ...] = ()
    over: tuple[str, ...] = ()
    begun: tuple[Alert, ...] = ()  # unsent beginnings of waiting ends


class DeliveryLog:
    """Alerts by key: waiting, sent as firing, resolved. `save` writes them to `file` as a whole.

    An incident that ends before its beginning was sent waits as resolved; `unsent_begin` still has its beginning.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        saved = _read(file)
        self.waiting = {alert.key: alert for alert in saved.waiting}
        self.firing = {alert.key: alert for alert in saved.firing}
        self._over = dict.fromkeys(saved.over)
        self._begun = {alert.key: alert for alert in saved.begun}

    def add(self, alerts: Iterable[Alert], now_ms: int) -> bool:
        """Adds the new alerts among these; returns whether there were any."""
        changed = [self._add(alert, now_ms) for alert in alerts if alert.key not in self._over]
        return any(changed)

    def knows(self, key: str) -> bool:
        """Returns whether an alert of this key waits, or was sent as firing."""
        return key in self.waiting or key in self.firing

    def unsent_begin(self, key: str) -> Alert | None:
        """Returns the beginning of a waiting end, if it was never sent."""
        return self._begun.get(key)

    def record_begun(self, alerts: Iterable[Alert]) -> None:
        """Records beginnings as sent whose ends still wait."""
        for alert in alerts:
            self.firing[alert.key] = self._begun.pop(alert.key)

    def record_sent(self, alerts: Iterable[Alert]) -> None:
        """Records alerts as sent."""
        for alert in alerts:
            del self.waiting[alert.key]
            if alert.state == "firing":
                self.firing[alert.key] = alert
            else:
                self.firing.pop(alert.key, None)
                self._end(alert.key)

    def given_up(self, alerts: Iterable[Alert]) -> None:
        """Records alerts as dropped."""
        for alert in alerts:
            del self.waiting[alert.key]
            self.firing.pop(alert.key, None)
            self._end(alert.key)

    def save(self) -> None:
        """Writes the file, replacing the previous one atomically. Raises OSError."""
        waiting, firing, begun = (tuple(known.values()) for known in (self.waiting, self.firing, self._begun))
        saved = _Kept(waiting=waiting, firing=firing, over=tuple(self._over), begun=begun)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".draft")
        with draft.open("wb") as out:
            out.write(saved.encode())
            out.flush()
            os.fsync(out.fileno())
        draft.replace(self._file)

    def _add(self, alert: Alert, now_ms: int) -> bool:
        begun = self.firing.get(alert.key) or self.waiting.get(alert.key)
        if begun:
            return alert.state == "resolved" and self._resolve(begun, alert)
        if alert.state == "resolved" or now_ms - alert.at_ms > OLDEST_MS:
            _log.info(
                "alert not sent, because it is %s: %s",
                "resolved" if alert.state == "resolved" else "outdated",
                alert.key,
            )
            self._end(alert.key)
        else:
            self.waiting[alert.key] = alert
        return True

    def _resolve(self, begun: Alert, resolved: Alert) -> bool:
        """Copies the names of the firing alert to its end, by which the receiver matches the two."""
        end = msgspec.structs.replace(resolved, detail=begun.detail, owner=begun.owner, group=begun.group)
        if begun.state == "firing" and end.key not in self.firing:
            self._begun[end.key] = begun
        changed = self.waiting.get(end.key) != end
        self.waiting[end.key] = end
        return changed

    def _end(self, key: str) -> None:
        self._over[key] = None
        self._begun.pop(key, None)
        if len(self._over) > MOST_KEYS:
            del self._over[next(iter(self._over))]


def _read(file: Path) -> _Kept:
    if not file.exists():
        return _Kept()
    try:
        return _Kept.decode(file.read_bytes())
    except UNDECODABLE as error:
        aside = file.replace(file.with_suffix(".damaged"))
        _log.warning("%s is damaged (%s): moved to %s; alerts may be sent again", file, error, aside)
        return _Kept()
