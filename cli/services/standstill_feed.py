"""Tells that the dataflow stands still while it does: what stands cannot tell it itself.

When it runs again, the dataflow tells of the same standstill. That is not told a second time, but ends what was told.
"""

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from reports.moments import clock
from reports.phrases import owners
from reports.records import Alert
from reports.standstill_alert import FIRST_ACTION, STANDS, standstill_alert
from serving.quality.pipeline import Pipeline

log = logging.getLogger(__name__)

PATIENCE = 20
"""Multiple of the limit for which a dataflow that runs again may take to say that it has caught up."""
UNTOLD_MS = 30_000
"""How long one that runs again may take to say that it stood."""


class _Told(msgspec.Struct):
    """What was told and is not over."""

    alert: Alert | None = None
    back_ms: int | None = None  # since when the dataflow runs again
    same_as: str = ""  # the key of the dataflow's own alert about it


class StandstillFeed:
    """Call it for the alerts of a `feed`, and those about a standstill. What it has told is kept in `file`.

    That is kept when the next call comes: by then the pager has written down what it was given. `note` takes the
    dataflow's own alert and when (ms) its standstill was told.
    """

    def __init__(
        self,
        feed: Callable[[], Sequence[Alert]],
        watch: Callable[[], Pipeline | None],
        file: Path,
        all_owners: Sequence[str],
        pages_url: str,
        note: Callable[[Alert, int], None],
    ) -> None:
        self._feed, self._watch, self._file, self._note = feed, watch, file, note
        self._owners, self._pages_url = all_owners, pages_url
        self._told = self._kept = _read(file)
        self._since_ms: int | None = None  # when it first looked

    def __call__(self) -> list[Alert]:
        """Alerts in the order in which they came."""
        self._keep()
        pipeline = self._watch()
        passed = [alert for message in self._feed() if (alert := self._passed(message)) is not None]
        return [*passed, *(self._looked(pipeline) if pipeline else ())]

    def _passed(self, alert: Alert) -> Alert | None:
        """An alert of the dataflow; about a standstill that was told, only its end."""
        told = self._told.alert
        if told is None or alert.rule != "standstill" or alert.source:
            return alert
        if alert.state == "resolved":
            if alert.key != self._told.same_as:
                return alert
            self._told = _Told()
            return msgspec.structs.replace(alert, key=told.key)
        if alert.onset_ms < told.onset_ms - int(told.threshold * 1_000):
            return alert
        if alert.key != self._told.same_as:
            self._note(alert, told.at_ms)
        self._told = _Told(told, self._told.back_ms, alert.key)
        return None

    def _looked(self, pipeline: Pipeline) -> list[Alert]:
        """What the heartbeat tells."""
        self._since_ms = pipeline.now_ms if self._since_ms is None else self._since_ms
        if pipeline.alive is False:
            return self._stands(pipeline)
        return self._runs(self._told.alert, pipeline) if self._told.alert and pipeline.alive else []

    def _stands(self, pipeline: Pipeline) -> list[Alert]:
        """A pager that starts waits as long as a pipeline that starts may take."""
        if self._told.alert is not None:
            self._told = _Told(self._told.alert, None, self._told.same_as)
            return []
        if pipeline.now_ms - (self._since_ms or 0) < pipeline.standstill_ms:
            return []
        alert = self._alert(pipeline)
        self._told = _Told(alert)
        return [alert]

    def _runs(self, told: Alert, pipeline: Pipeline) -> list[Alert]:
        """The dataflow says itself when it has caught up; one that does not say so is not waited for."""
        beat_ms = pipeline.wall_ms or 0
        back_ms = beat_ms if self._told.back_ms is None else self._told.back_ms
        patience_ms = PATIENCE * pipeline.standstill_ms if self._told.same_as else UNTOLD_MS
        if beat_ms - back_ms <= patience_ms:
            self._told = _Told(told, back_ms, self._told.same_as)
            return []
        self._told = _Told()
        return [self._worded(msgspec.structs.replace(told, state="resolved", at_ms=back_ms))]

    def _alert(self, pipeline: Pipeline) -> Alert:
        onset_ms, now_ms = pipeline.wall_ms or 0, pipeline.now_ms
        alert = standstill_alert("", onset_ms, onset_ms, now_ms, now_ms - onset_ms, pipeline.standstill_ms, STANDS)
        return self._worded(
            msgspec.structs.replace(
                alert,
                owner=", ".join(self._owners),
                group=f"pipeline: standstill since {clock(onset_ms)}",
                action=FIRST_ACTION,
                link=f"{self._pages_url.rstrip('/')}/" if self._pages_url else "",
            )
        )

    def _worded(self, alert: Alert) -> Alert:
        """The sentence, as the dataflow would say it."""
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
    except msgspec.DecodeError as error:
        log.warning("%s is damaged (%s): a standstill alert may be sent again", file, error)
        return _Told()
