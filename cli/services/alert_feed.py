"""Reads alerts from their topic for a pager: those since its last call."""

import logging
import os
from pathlib import Path

from cli.shutdown import StopSignal
from cli.topics import NOT_YET, TopicConsumer, open_follower
from connectors.errors import UNDECODABLE
from connectors.messages import RunStopped
from dataflows.runtime.settings import Settings
from reports.records import Alert

log = logging.getLogger(__name__)


class AlertFeed:
    """Returns new alerts when called; none while the topic does not exist. `file` stores the confirmed position."""

    def __init__(self, settings: Settings, file: Path, stop: StopSignal) -> None:
        self._settings, self._file, self._stop = settings, file, stop
        self._follower: TopicConsumer | None = None
        self._unkept: bytes | None = None

    def __call__(self) -> list[Alert]:
        """Returns alerts in the order of their partitions."""
        self._follower = self._follower or self._opened()
        payloads = self._follower.read() if self._follower else []
        if payloads and self._follower:
            self._unkept = self._follower.position()
        return [alert for payload in payloads for alert in _read(payload)]

    def confirm(self) -> None:
        """Stores the position behind the alerts that were returned."""
        if self._unkept is None:
            return
        draft = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        try:
            draft.write_bytes(self._unkept)
            draft.replace(self._file)
        except OSError as error:  # the pager remembers what it sent
            log.warning("cannot save the position in the alert topic (%s): a restart reads these alerts again", error)
        self._unkept = None

    def close(self) -> None:
        """Closes the topic."""
        if self._follower is not None:
            self._follower.close()

    def _opened(self) -> TopicConsumer | None:
        position = self._file.read_bytes() if self._file.exists() else None
        try:
            return open_follower(self._settings, self._settings.alert_topic, position, self._stop, bounded=False)
        except (*NOT_YET, RunStopped):
            return None


def _read(payload: bytes) -> list[Alert]:
    try:
        return [Alert.decode(payload)]
    except UNDECODABLE as error:
        log.warning("skipped a message of the alert topic that is not an alert: %s", error)
        return []
