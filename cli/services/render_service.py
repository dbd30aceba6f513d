"""Runs the loops of `headrace render`: read, publish, save the position; to the end, or until stopped."""

import logging
import time
from contextlib import closing

from cli.services.drawing_pace import DrawingPace
from cli.services.pagers import paging
from cli.shutdown import StopSignal
from cli.supervision import SpareProcessors
from cli.terminal import now_ms
from cli.topics import TopicConsumer, open_follower, wait_for_follower
from connectors.messages import RunStopped
from connectors.retry import Backoff, Retry
from dataflows.definitions import Definitions
from dataflows.runtime.settings import Settings
from reports.delivery import ReportPublisher, ReportStore, RetentionPolicy
from reports.errors import StoreRefused
from reports.records import source_key
from reports.rendering import warm_up

log = logging.getLogger(__name__)

IDLE_S = 0.25
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
"""Pauses between attempts at a report store that refuses (s)."""


def render_all(settings: Settings, definitions: Definitions, store: ReportStore, stop: StopSignal) -> None:
    """Renders everything that the quality topic holds now. Raises StoreRefused, MissingTopic, BrokerAway."""
    topic = settings.quality_topic
    with closing(open_follower(settings, topic, store.positions(), stop, bounded=True)) as follower:
        publisher = publisher_of(settings, definitions, store, patient=True)
        turn = RenderPass(follower, publisher, store, pace=None)
        ended = False
        while not stop.is_set() and (turn(ending=ended) or not ended):
            ended = follower.ended


def render_on(settings: Settings, definitions: Definitions, store: ReportStore, stop: StopSignal) -> None:
    """Renders the quality topic until stopped, and sends alerts to their targets.

    Firing features are drawn at once, the rest as `DrawingPace` allows. Waits for a store that refuses. Raises
    RunStopped if it is stopped while waiting.
    """
    retry = retry_of(store.place, stop)
    position = retry.until_it_works(store.positions, (StoreRefused,), _say_refused)
    with (
        paging(settings, definitions, stop) as notifiers,
        closing(wait_for_follower(settings, settings.quality_topic, position, stop)) as follower,
    ):
        warm_up()
        pace = DrawingPace(settings.reports_share, settings.reports_urgent, time.monotonic, SpareProcessors())
        turn = RenderPass(follower, publisher_of(settings, definitions, store, patient=False), store, pace)
        while not stop.is_set():
            if not retry.until_it_works(turn, (StoreRefused,), _say_refused):
                stop.sleep(IDLE_S)
            for error in (notifier.error for notifier in notifiers if notifier.error):
                raise error


class RenderPass:
    """Reads once and does one unit of work per call; returns whether there was any. Can continue after StoreRefused.

    Without a pace everything is done at once.
    """

    def __init__(
        self, follower: TopicConsumer, publisher: ReportPublisher, store: ReportStore, pace: DrawingPace | None
    ) -> None:
        self._follower, self._publisher, self._store, self._pace = follower, publisher, store, pace
        self._saved_mark: bytes | None = None

    def __call__(self, ending: bool = False) -> bool:
        """Does one turn; `ending` expects no more records."""
        payloads = [] if self._publisher.crowded else self._follower.read()
        if payloads:
            self._publisher.add(payloads, self._follower.position())
        worked = self._step(ending) if self._pace is None else self._paced_step(self._pace)
        if self._publisher.mark != self._saved_mark:
            self._store.write_positions(self._publisher.mark or b"")
            self._saved_mark = self._publisher.mark
        return worked or bool(payloads)

    def _step(self, ending: bool) -> bool:
        return self._publisher.step(ending) or self._publisher.draw()

    def _paced_step(self, pace: DrawingPace) -> bool:
        if pace.may_hurry() and self._publisher.draw_urgent():
            pace.hurried()
            return True
        if not pace.may_work():
            return False
        begun, drew = time.thread_time(), False
        worked = self._publisher.step() or (drew := pace.may_draw() and self._publisher.draw())
        if worked:
            pace.worked(time.thread_time() - begun)
        if drew:
            pace.drew()
        return worked


def _say_refused(error: Exception) -> None:
    log.warning("%s; retrying until it succeeds", error)


def retry_of(place: str, stop: StopSignal) -> Retry:
    """Returns the retry for a report store that refuses."""
    return Retry(
        Backoff(FIRST_PAUSE_S, LONGEST_PAUSE_S),
        stop.is_set,
        stopped=lambda _: RunStopped(f"reports at {place}: stopped while the store refused writes"),
        back=lambda _: log.info("reports at %s: the store accepts writes again", place),
        sleep=stop.sleep,
    )


def publisher_of(settings: Settings, definitions: Definitions, store: ReportStore, patient: bool) -> ReportPublisher:
    """Returns a publisher for which an interval is complete when all features and their sources have reported."""
    expected = [feature.feature_name for feature in definitions.features]
    expected += [source_key(name) for name in {feature.source for feature in definitions.features if feature.source}]
    keeping = RetentionPolicy(settings.reports_keep, settings.reports_mb)
    return ReportPublisher(store, keeping, expected, now_ms, patient)
