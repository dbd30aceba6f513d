"""Reports that the dataflow stands still or that Redis does not answer, because the dataflow then cannot.

Once it runs again, the dataflow reports the same standstill. That is not sent again, but ends the sent alert.
"""

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from connectors.errors import UNDECODABLE
from reports.delivery import AlertSource
from reports.moments import clock
from reports.phrases import owners
from reports.records import Alert
from reports.standstill_alert import (
    CHECK_REDIS,
    FIRST_ACTION,
    STANDS,
    UNREADABLE,
    StandstillWords,
    standstill_alert,
)
from serving.quality.pipeline import Pipeline

log = logging.getLogger(__name__)

PATIENCE = 20
"""Multiple of the limit within which a resumed dataflow must report that it has caught up."""
UNTOLD_MS = 30_000
"""Time within which a resumed dataflow must report its standstill (ms)."""


class _Told(msgspec.Struct):
    """The alert that was sent and has not ended."""

    alert: Alert | None = None
    back_ms: int | None = None  # since when the dataflow runs again
    same_as: str = ""  # key of the dataflow's own alert about it


class StandstillFeed:
    """Returns the alerts of a `feed`, and those about a standstill, when called. `file` stores the sent alert.

    It is stored by `confirm`. `note` receives the dataflow's own alert and when (ms) its standstill was reported.
    `now_ms` is the clock of this machine, by which a Redis that has not answered for `limit_ms` is reported.
    """

    def __init__(
        self,
        feed: AlertSource,
        watch: Callable[[], Pipeline | None],
        now_ms: Callable[[], int],
        limit_ms: int,
        file: Path,
        all_owners: Sequence[str],
        pages_url: str,
        note: Callable[[Alert, int], None],
    ) -> None:
        self._feed, self._watch, self._file, self._note = feed, watch, file, note
        self._now_ms, self._limit_ms = now_ms, limit_ms
        self._unread_ms: int | None = None  # since when Redis has not answered
        self._owners, self._pages_url = all_owners, pages_url
        self._told = self._kept = _read(file)
        self._since_ms: int | None = None  # time of the first look

    def __call__(self) -> list[Alert]:
        """Returns alerts in order of arrival."""
        pipeline = self._watch()
        passed = [alert for message in self._feed() if (alert := self._passed(message)) is not None]
        return [*passed, *self._watched(pipeline)]

    def confirm(self) -> None:
        """Stores the sent alert, and the position of the feed."""
        self._keep()
        self._feed.confirm()

    def _watched(self, pipeline: Pipeline | None) -> Iterable[Alert]:
        """Returns what follows from the heartbeat, or from a Redis that does not answer."""
        if pipeline is not None:
            self._unread_ms = None
            return self._looked(pipeline)
        now_ms = self._now_ms()
        self._unread_ms = now_ms if self._unread_ms is None else self._unread_ms
        if self._told.alert is not None or now_ms - self._unread_ms <= self._limit_ms:
            return []
        return [self._firing_alert(self._unread_ms, now_ms, UNREADABLE, CHECK_REDIS)]

    def _passed(self, alert: Alert) -> Alert | None:
        """Returns an alert of the dataflow; of a reported standstill, only its end."""
        last = self._told.alert
        if last is None or alert.rule != "standstill" or alert.source:
            return alert
        if alert.state == "resolved":
            if alert.key != self._told.same_as:
                return alert
            self._told = _Told()
            return msgspec.structs.replace(alert, key=last.key)
        if alert.onset_ms < last.onset_ms - int(last.threshold * 1_000):
            return alert
        if alert.key != self._told.same_as:
            self._note(alert, last.at_ms)
        self._told = _Told(last, self._told.back_ms, alert.key)
        return None

    def _looked(self, pipeline: Pipeline) -> list[Alert]:
        """Returns the alerts that follow from the heartbeat."""
        self._since_ms = pipeline.now_ms if self._since_ms is None else self._since_ms
        if pipeline.alive is False:
            return self._stands(pipeline)
        return self._resolved_alerts(self._told.alert, pipeline) if self._told.alert and pipeline.alive else []

    def _stands(self, pipeline: Pipeline) -> list[Alert]:
        """Returns the alert of a standstill; a starting pager first waits as long as a starting pipeline may take."""
        if self._told.alert is not None:
            self._told = _Told(self._told.alert, None, self._told.same_as)
            return []
        if pipeline.now_ms - (self._since_ms or 0) < pipeline.standstill_ms:
            return []
        return [self._firing_alert(pipeline.wall_ms or 0, pipeline.now_ms, STANDS, FIRST_ACTION)]

    def _resolved_alerts(self, alert: Alert, pipeline: Pipeline) -> list[Alert]:
        """Ends the alert when the dataflow has reported that it caught up, or after the limit."""
        beat_ms = pipeline.wall_ms or 0
        back_ms = beat_ms if self._told.back_ms is None else self._told.back_ms
        patience_ms = PATIENCE * pipeline.standstill_ms if self._told.same_as else UNTOLD_MS
        if beat_ms - back_ms <= patience_ms:
            self._told = _Told(alert, back_ms, self._told.same_as)
            return []
        self._told = _Told()
        return [self._with_words(msgspec.structs.replace(alert, state="resolved", at_ms=back_ms))]

    def _firing_alert(self, onset_ms: int, now_ms: int, words: StandstillWords, action: str) -> Alert:
        """Creates and remembers the alert, which lasts until the dataflow runs again."""
        alert = self._with_words(
            msgspec.structs.replace(
                standstill_alert("", onset_ms, onset_ms, now_ms, now_ms - onset_ms, self._limit_ms, words),
                owner=", ".join(self._owners),
                group=f"pipeline: standstill since {clock(onset_ms)}",
                action=action,
                link=f"{self._pages_url.rstrip('/')}/" if self._pages_url else "",
            )
        )
        self._told = _Told(alert)
        return alert

    def _with_words(self, alert: Alert) -> Alert:
        """Words the alert as the dataflow would."""
        whose = f" ({owners(self._owners)})" if self._owners else ""
        over = "resolved; " if alert.state == "resolved" else ""
        when = f"since {clock(alert.onset_ms, alert.at_ms)}"
        return msgspec.structs.replace(alert, summary=f"pipeline{whose}: {over}{alert.what} {alert.now}, {when}")

    def _keep(self) -> None:
        if self._told == self._kept:
            return
        draft = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(msgspec.json.encode(self._told))
            draft.replace(self._file)
        except OSError as error:
            log.warning("cannot save which standstill alerts were sent (%s): a restart may send one again", error)
        self._kept = self._told


def _read(file: Path) -> _Told:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Told)
    except FileNotFoundError:
        return _Told()
    except UNDECODABLE as error:
        log.warning("%s is damaged (%s): a standstill alert may be sent again", file, error)
        return _Told()
