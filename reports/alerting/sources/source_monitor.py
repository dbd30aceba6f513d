"""Monitors one source: whether events arrive as usual, and whether they can be read."""

import logging
from collections.abc import Iterable

import msgspec

from reports.alert_keys import key_of
from reports.alerting.checks import CheckResult
from reports.alerting.event_counts import FUTURE, EventCounts
from reports.alerting.event_sample import EventSample
from reports.alerting.explanations import PlainStatistic
from reports.alerting.observations import MonitoringPaused, MonitoringStarted, Observation, SourceCounts, Start
from reports.alerting.sources.event_clock import AHEAD, BEHIND, LEAST_OFF, times_off
from reports.alerting.sources.source_columns import column_profiles
from reports.alerting.sources.source_memory import VERSION, EarlierMemory, SourceMemory
from reports.alerting.thresholds import Limits
from reports.alerting.tracker import AlertTracker, Recipient, alert_of, resolved
from reports.drift import of_share
from reports.formats import percent
from reports.moments import lasting
from reports.phrases import passed
from reports.records import Alert, SourceReport

log = logging.getLogger(__name__)


class SourceMonitor:
    """Monitors one source. It is silent beyond the limit learned from its arrivals, at most `limits.silence_ms`.

    Silence and sudden refusals are detected from arrivals, so a report of the open interval shows them too.
    """

    def __init__(self, source: str, topic: str, limits: Limits, owner: str = "") -> None:
        self._source, self._topic, self._limits = source, topic, limits
        self._recipient = Recipient(feature="", source=source, owner=owner, group=source)
        self._counts: dict[Start, EventCounts] = {}
        self._samples: dict[Start, EventSample] = {}
        self._reset()

    @property
    def began(self) -> bool:
        """Returns whether an interval was closed."""
        return self._memory.began_ms is not None

    def take(self, observation: Observation, earliest: Start) -> None:
        """Adds counts and samples to their intervals."""
        if isinstance(observation, MonitoringStarted):
            self._memory.watched_ms = observation.at_ms
        if isinstance(observation, MonitoringPaused):
            self._memory.paused(observation.at_ms, observation.paused_ms)
        if not isinstance(observation, SourceCounts):
            return
        self._memory.gaps.learn(observation.pauses)
        for start, counts in observation.by_start.items():
            counted_in = max(start, earliest)
            self._counts[counted_in] = self._observed(counted_in) + counts
            self._memory.arrived(counts, self._limits.skew_ms)
        for start, sample in observation.samples.items():
            sampled_in = max(start, earliest)
            known = self._samples.get(sampled_in)
            self._samples[sampled_in] = sample if known is None else known + sample

    def starts(self) -> Iterable[Start]:
        """Returns the open intervals that have counts."""
        return self._counts.keys()

    def open(self, start_ms: Start, now_ms: int) -> SourceReport:
        """Reports on the open interval, without changing alerts or memory."""
        return self._report(self._observed(start_ms), start_ms, now_ms, closed=False)

    def close(self, start_ms: Start, end_ms: int) -> tuple[SourceReport, tuple[Alert, ...]]:
        """Returns the interval's report, and the alerts that fired or resolved."""
        memory, counts = self._memory, self._observed(start_ms)
        memory.closed(counts, start_ms, self._limits.standstill_ms)
        silent_ms = max(0, end_ms - self._quiet_since(start_ms))
        memory.course.note(start_ms, end_ms, counts.events - counts.refused, silent_ms)
        watched = self._watch.look(self._few_refused(counts), start_ms, end_ms)
        report = self._report(counts, start_ms, end_ms, closed=True)
        alerts = self._changed(report.alerts, end_ms) + watched
        memory.told = tuple(alert for alert in report.alerts if alert.detail != "rejects")
        self._counts.pop(start_ms, None)
        self._samples.pop(start_ms, None)
        return report, alerts

    def failed(self, start_ms: Start, end_ms: int, why: str) -> Iterable[SourceReport]:
        """Returns no report, because a source's report has no field for the reason; the log and the error count hold
        it."""
        self._counts.pop(start_ms, None)
        self._samples.pop(start_ms, None)
        return []

    def dump(self) -> bytes:
        """Encodes the versioned memory and the counts of the open intervals; samples start over."""
        memory = msgspec.msgpack.encode((VERSION, self._topic, self._memory, self._watch.dump()))
        return msgspec.msgpack.encode((memory, {start: counts.dump() for start, counts in self._counts.items()}))

    def load(self, data: bytes) -> None:
        """Restores a dumped monitor; starts over for another topic or version."""
        memory, counts = msgspec.msgpack.decode(data, type=tuple[bytes, dict[int, bytes]])
        self._restore(memory)
        self._counts = {start: EventCounts.load(part) for start, part in counts.items()}

    def _restore(self, memory: bytes) -> None:
        head = msgspec.msgpack.decode(memory)[:2]
        self._reset()
        if head == [VERSION, self._topic]:
            _, _, self._memory, watch = msgspec.msgpack.decode(memory, type=tuple[int, str, SourceMemory, bytes])
            self._watch.restore(watch)
        elif head == [1, self._topic]:
            _, _, earlier, _ = msgspec.msgpack.decode(memory, type=tuple[int, str, EarlierMemory, bytes])
            self._memory = earlier.now()
            log.info("source %s: its usual gap and its usual share of refused events are learned again", self._source)

    def _observed(self, start: Start) -> EventCounts:
        return self._counts.get(start, EventCounts())

    def _reset(self) -> None:
        self._memory = SourceMemory()
        self._watch = AlertTracker(self._recipient, self._limits.policy)

    def _report(self, counts: EventCounts, start_ms: int, end_ms: int, *, closed: bool) -> SourceReport:
        memory, since_ms = self._memory, self._quiet_since(start_ms)
        sample = self._samples.get(start_ms) if closed else None
        return SourceReport(
            source=self._source,
            topic=self._topic,
            start_ms=start_ms,
            end_ms=end_ms,
            closed=closed,
            events=counts.events,
            rejects=counts.rejects,
            samples=counts.samples,
            newest_ms=memory.newest_ms,
            silent_ms=max(0, end_ms - since_ms),
            alerts=(*self._silence(counts, since_ms, end_ms, closed), *self._refused(end_ms)),
            arrived_ms=memory.arrived_ms,
            usual_gap_ms=memory.gaps.usual_ms(since_ms),
            behind_ms=memory.behind_ms(end_ms),
            columns=() if sample is None else column_profiles(sample),
            course=memory.course.slope if closed else "",
        )

    def _quiet_since(self, start_ms: int) -> int:
        if self._memory.arrived_ms is not None:
            return self._memory.arrived_ms
        return start_ms if self._memory.began_ms is None else self._memory.began_ms

    def _silence(self, counts: EventCounts, since_ms: int, end_ms: int, closed: bool) -> tuple[Alert, ...]:
        """Returns the alert while no events arrived for longer than the limit; time that a run did not watch does not
        count.

        The last interval of a replay ends after everything that was published.
        """
        if closed and counts.events and not self._memory.watched_ms:
            return ()
        learned, most = self._learned_ms(since_ms, end_ms), self._limits.silence_ms
        limit_ms = most if learned is None else min(learned, most)
        if end_ms - max(since_ms, self._memory.watched_ms) <= limit_ms:
            return ()
        usual_ms = self._memory.gaps.usual_ms(since_ms) if learned is not None else None
        now = passed(end_ms - since_ms)
        usual = f"one at least every {lasting(usual_ms)}" if usual_ms else f"one within {lasting(limit_ms)}"
        score, threshold = (end_ms - since_ms) / 1000, limit_ms / 1000
        silence = CheckResult.worded(
            "silence", "silence", score, threshold, 0, PlainStatistic("no event for", now, usual)
        )
        return (self._alert(silence, since_ms, since_ms, end_ms),)

    def _learned_ms(self, since_ms: int, end_ms: int) -> int | None:
        """Returns from when a pause is a silence (ms); one that the definition states counts until a habit is
        learned."""
        watched_ms = end_ms - (self._memory.began_ms or end_ms)
        if self._limits.silence_stated and watched_ms < HABIT_MS:
            return None
        return self._memory.gaps.limit_ms(since_ms)

    @property
    def _refuses(self) -> bool:
        """Returns whether many events are refused, or refused because their times are off."""
        return self._memory.refusals.onset_ms is not None or self._memory.clock.onset_ms is not None

    def _refused(self, end_ms: int) -> tuple[Alert, ...]:
        """Returns the alerts while event times are wrong or many events are refused; a few refusals count only without
        these."""
        sudden = (*self._times_off(end_ms), *self._refusals(end_ms))
        return sudden if self._refuses else (*sudden, *self._watch.alerts())

    def _times_off(self, end_ms: int) -> tuple[Alert, ...]:
        """Returns the alert while event times are off."""
        watch, least_ms = self._memory.clock, self._limits.skew_ms
        if watch.onset_ms is None:
            return ()
        off = watch.off(least_ms)
        words, limit = times_off(off, watch.range()), AHEAD if off.by_ms > 0 else BEHIND
        skew = CheckResult.worded("clock", "clock", off.share, limit, int(LEAST_OFF), words)
        return (self._alert(skew, watch.onset_ms // ID_MS, watch.onset_ms, end_ms),)

    def _refusals(self, end_ms: int) -> tuple[Alert, ...]:
        """Returns the alert while suddenly many events are refused, unless because their times are off."""
        rate = self._memory.refusals
        if rate.onset_ms is None or (rate.reason == FUTURE and self._memory.clock.onset_ms is not None):
            return ()
        words = PlainStatistic(f"events rejected (mostly {rate.reason})", percent(rate.share), percent(rate.usual))
        refusals = CheckResult.worded("refusals", "refusals", rate.share, rate.limit, int(rate.events), words)
        return (self._alert(refusals, rate.onset_ms // ID_MS, rate.onset_ms, end_ms),)

    def _alert(self, result: CheckResult, identity: int, onset_ms: int, end_ms: int) -> Alert:
        key = key_of(self._source, result.rule, result.name, identity)
        return alert_of(self._recipient, result, key, onset_ms, end_ms, max(1, self._memory.windows))

    def _changed(self, alerts: tuple[Alert, ...], end_ms: int) -> tuple[Alert, ...]:
        """Returns the alerts of silence and sudden refusals that fired or resolved."""
        before, now = {alert.key for alert in self._memory.told}, {alert.key for alert in alerts}
        new = (alert for alert in alerts if alert.detail != "rejects" and alert.key not in before)
        over = (alert for alert in self._memory.told if alert.key not in now)
        return (*new, *(resolved(msgspec.structs.replace(alert, at_ms=end_ms, score=0.0)) for alert in over))

    def _few_refused(self, counts: EventCounts) -> list[CheckResult]:
        """Checks the share of refused events as one rule, as lenient with few events as rules with few rows."""
        if not counts.events or self._refuses:
            return []
        rate, allowed = sum(counts.rejects.values()) / counts.events, self._limits.violation_rate
        few = of_share(allowed, 1 / counts.events) if counts.events < self._limits.min_rows else 0.0
        mostly = f" (mostly {counts.mostly})" if counts.rejects else ""
        words = PlainStatistic(f"events rejected{mostly}", percent(rate), f"at most {percent(allowed)}")
        return [CheckResult.worded("refusals", "rejects", rate, allowed + few, counts.events, words)]


HABIT_MS = 2 * 86_400_000
"""How long a source is watched before its learned gaps replace the stated pause."""
ID_MS = 60_000
"""Refusals that begin within this time are one incident, however the events were batched."""
