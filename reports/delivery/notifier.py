"""Reads published alerts, groups them and sends each group once, to one target.

notifier = Notifier(Target("oncall", channel, wants), follow_topic, DeliveryLog(file), now_ms, pauses, note)
notifier.start()
"""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from reports.delivery.channels import Channel, DeliveryResult
from reports.delivery.delivery_log import DeliveryLog
from reports.records import Alert

__all__ = ["AlertSource", "DeliveryLog", "Notifier", "RetryDelays", "Target"]

GROUP_MS = 3_000  # alerts that arrive within this time are sent together
MOST_WAITING = 1_000  # beyond this, alerts stay in their topic
LOOK_S = 0.5
JOIN_S = 15.0  # longer than a post may take
MOST_ASKED_MS = 3_600_000  # longest pause that a receiver may ask for

_log = logging.getLogger(__name__)


class RetryDelays(Protocol):
    """Pauses after consecutive failures (s)."""

    @property
    def failing(self) -> bool:
        """Returns whether the last attempt failed."""

    def after(self) -> float:
        """Returns the pause after one more failure (s)."""

    def succeeded(self) -> None:
        """Resets the pause after a success."""


class DeliveryNote(Protocol):
    """Records for people that alerts were delivered to a target."""

    def __call__(self, target: str, alerts: Sequence[Alert], *, failure: str = "") -> None:
        """Records a delivery; with `failure`, why the alerts wait."""


class AlertSource(Protocol):
    """Returns the alerts since its last call when called, or all of them again."""

    def __call__(self) -> Iterable[Alert]:
        """Returns alerts in order of arrival."""

    def confirm(self) -> None:
        """Called once the returned alerts are saved: a restart need not return them again."""


@dataclass(frozen=True, slots=True)
class Target:
    """A receiver of alerts: its name, which may be shown, its channel, and which alerts it wants."""

    name: str
    channel: Channel
    wants: Callable[[Alert], bool]


class Notifier:
    """Sends alerts to one target. `source()` returns new alerts, and learns by `confirm` that they are saved.

    Each target has its own notifier, so that none delays another. `note` receives the delivered alerts, and those that
    wait because the target fails.

    `start` runs in a thread until `stop`; `poll` is one step of it and may be called instead. The thread never raises:
    `error` holds what its source raised. Delivery is at least once: a process killed between a post and the writing of
    the log posts that group again.
    """

    def __init__(
        self,
        target: Target,
        source: AlertSource,
        ledger: DeliveryLog,
        now_ms: Callable[[], int],
        pauses: RetryDelays,
        note: DeliveryNote,
    ) -> None:
        self.error: Exception | None = None
        self._target, self._channel, self._source, self._ledger = target, target.channel, source, ledger
        self._now_ms, self._note = now_ms, note
        self._pauses, self._until_ms = pauses, 0
        self._since = {alert.group: now_ms() for alert in ledger.waiting.values()}
        self._renewed_ms = 0
        self._failure = ""  # of the last attempt
        self._noted_late = set[tuple[str, str]]()  # keys and states of waiting alerts that were noted with a failure
        self._saved = True
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"alerts:{target.name}", daemon=True)

    def start(self) -> None:
        """Polls in a thread from now on."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Ends the thread after its current step."""
        self._stop.set()

    def stop(self) -> None:
        """Ends the thread; the delivery log keeps waiting alerts for the next process."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join(JOIN_S)

    def poll(self) -> None:
        """Reads new alerts and posts the groups that are due. Blocks for at most one timeout per group."""
        self._take()
        if self._now_ms() >= self._until_ms:
            self._post_due()
            self._renew()
        self._note_late()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self.poll()
                self._stop.wait(LOOK_S)
        except Exception as error:  # kept for the caller of `start`
            _log.exception("the notifier of target %s failed; alerts are no longer sent", self._target.name)
            self.error = error

    def _take(self) -> None:
        room = len(self._ledger.waiting) < MOST_WAITING
        if (room and self._ledger.add(self._due_alerts(), self._now_ms())) or not self._saved:
            self._save()
        if self._saved:
            self._source.confirm()
        for alert in self._ledger.waiting.values():
            self._since.setdefault(alert.group, self._now_ms())

    def _due_alerts(self) -> list[Alert]:
        """Returns new alerts of this target, and the end of alerts it received even if it no longer wants them."""
        return [alert for alert in self._source() if self._target.wants(alert) or self._ledger.knows(alert.key)]

    def _post_due(self) -> None:
        """Posts the groups that waited longest first; a group that fails goes to the end of the queue."""
        for group, since in sorted(self._since.items(), key=lambda item: item[1]):
            if since + GROUP_MS > self._now_ms() or self._stop.is_set():
                return
            alerts = [alert for alert in self._ledger.waiting.values() if alert.group == group]
            del self._since[group]
            at_once = self._channel.at_once
            parts = (alerts[start : start + at_once] for start in range(0, len(alerts), at_once))
            if not all(map(self._post_part, parts)):
                return

    def _post_part(self, alerts: list[Alert]) -> bool:
        """Posts alerts; returns whether to continue with the next ones."""
        if self._channel.needs_begin and not self._post_begun(alerts):
            return False
        answer = self._post(alerts)
        if answer.delivered:
            self._ledger.record_sent(alerts)
            self._note(self._target.name, alerts)
        elif answer.refused:
            keys = ", ".join(alert.key for alert in alerts)
            _log.error("alert target %s rejects these alerts (%s): dropped %s", self._target.name, answer.why, keys)
            self._ledger.given_up(alerts)
        else:
            return False
        self._save()
        return True

    def _post_begun(self, alerts: list[Alert]) -> bool:
        """Posts the unsent beginnings of ended alerts; returns whether to continue with their ends."""
        begun = [begin for alert in alerts if (begin := self._ledger.unsent_begin(alert.key))]
        if not begun:
            return True
        answer = self._post(begun)
        if answer.delivered:
            self._ledger.record_begun(begun)
            self._note(self._target.name, begun)
            self._save()
        return answer.delivered or answer.refused

    def _note_late(self) -> None:
        """Notes once each waiting alert that a failing target keeps waiting."""
        waiting = {(alert.key, alert.state): alert for alert in self._ledger.waiting.values()}
        self._noted_late &= waiting.keys()
        late = [alert for name, alert in waiting.items() if name not in self._noted_late]
        if late and self._pauses.failing:
            self._noted_late |= waiting.keys()
            self._note(self._target.name, late, failure=self._failure)

    def _renew(self) -> None:
        """Repeats firing alerts for tools that expire them."""
        due_ms = self._renewed_ms + self._channel.renew_ms
        if self._channel.renew_ms and self._now_ms() >= due_ms and not self._pauses.failing:
            self._renewed_ms = self._now_ms()
            if firing := [alert for key, alert in self._ledger.firing.items() if key not in self._ledger.waiting]:
                self._post(firing)

    def _post(self, alerts: list[Alert]) -> DeliveryResult:
        answer = self._channel.tell(alerts, self._now_ms())
        self._failure = answer.why
        if answer.delivered or answer.refused:
            if answer.delivered and answer.why:
                _log.warning("alert target %s: %s", self._target.name, answer.why)
            if self._pauses.failing:
                _log.info("alert target %s works again", self._target.name)
            self._pauses.succeeded()
            self._until_ms = 0
        else:
            if not self._pauses.failing:
                _log.warning("alert target %s fails (%s): alerts are queued and retried", self._target.name, answer.why)
            wait_ms = max(int(self._pauses.after() * 1_000), min(answer.retry_after_ms, MOST_ASKED_MS))
            self._until_ms = self._now_ms() + wait_ms
        return answer

    def _save(self) -> None:
        """Saves the delivery log; a failing disk is logged once, does not stop delivery, and is tried again."""
        try:
            self._ledger.save()
            if not self._saved:
                _log.info("the delivery log of %s is written again", self._target.name)
            self._saved = True
        except OSError as error:
            if self._saved:
                _log.warning(
                    "cannot write the delivery log of %s (%s): alerts may be sent again", self._target.name, error
                )
            self._saved = False
