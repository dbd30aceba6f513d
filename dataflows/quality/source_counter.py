"""What came in of each source: events, those refused and those late, counted by interval before the exchange."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import msgspec
from bytewax.operators import StatefulBatchLogic

from dataflows.ingest import Arrivals, Events
from dataflows.quality.error_boundary import contained
from dataflows.quality.observations import Part, Start
from dataflows.windows import Late
from reports.alerting import Intake
from reports.records import Sample

PERIOD = timedelta(seconds=1)
SHOWN, SHOWN_BYTES = 5, 200

ArrivedAt = Callable[[Arrivals], int]
"""When arrivals came (ms)."""


class IntakeGathering(StatefulBatchLogic[Part, Part, bytes]):
    """Counts of one source; they are small, so they are only kept a while to be sent together."""

    def __init__(self, snapshot: bytes | None) -> None:
        self._key, self._intakes = "", dict[Start, Intake]()
        with contained("sources"):
            self._key, self._intakes = _loaded(snapshot)
        self._due = datetime.now(UTC) if self._intakes else None

    def on_batch(self, values: list[Part]) -> tuple[Iterable[Part], bool]:
        """Adds up."""
        for part in values:
            self._key = part.key
            for start, intake in part.intakes.items():
                self._intakes[start] = self._intakes.get(start, Intake()) + intake
        self._due = self._due or datetime.now(UTC) + PERIOD
        return [], self.RETAIN

    def on_notify(self) -> tuple[Iterable[Part], bool]:
        """Sends on what was kept for a while."""
        return self._sent(), self.RETAIN

    def on_eof(self) -> tuple[Iterable[Part], bool]:
        """Nothing is kept back at the end."""
        return self._sent(), self.RETAIN

    def notify_at(self) -> datetime | None:
        """A while after the first count that waits."""
        return self._due

    def snapshot(self) -> bytes:
        """What waits."""
        return msgspec.msgpack.encode((self._key, self._intakes))

    def _sent(self) -> list[Part]:
        sent, self._intakes, self._due = self._intakes, {}, None
        return [Part(self._key, intakes=sent)] if sent else []


def intake_of(events: Events, arrived_ms: int) -> Intake:
    """Counts what a batch brought and what of it was rejected."""
    arrivals = events.arrivals
    samples = [_sample(arrivals, one.row, f"{one.reason}: {one.detail}") for one in events.rejects[:SHOWN]]
    return Intake(
        events=len(arrivals.payloads),
        rejects=dict(Counter(reject.reason for reject in events.rejects)),
        samples=tuple(samples),
        newest_ms=events.newest,
        arrived_ms=arrived_ms if arrivals.payloads else None,
    )


def intake_of_late(late: Late) -> Intake:
    """Counts what came too late for an entity."""
    samples = [_sample(late.arrivals, int(row), "late") for row in late.rows[:SHOWN]]
    return Intake(rejects={"late": len(late.rows)}, samples=tuple(samples))


def newest_publish(arrivals: Arrivals) -> int:
    """When arrivals came, as their topic says: what a replay goes by."""
    return max(batch.newest_ms for batch in arrivals.batches)


def _sample(arrivals: Arrivals, row: int, reason: str) -> Sample:
    raw, at = arrivals.place(row)
    payload = raw.payloads[at][:SHOWN_BYTES].decode(errors="replace")
    return Sample(entity=raw.partition, value=payload, at_ms=raw.published_ms, reason=reason)


def _loaded(snapshot: bytes | None) -> tuple[str, dict[Start, Intake]]:
    if snapshot is None:
        return "", {}
    return msgspec.msgpack.decode(snapshot, type=tuple[str, dict[int, Intake]])
