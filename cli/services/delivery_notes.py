"""Records deliveries of incidents in Redis for the pages. An unavailable Redis delays no alert."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import cast

import msgspec
import redis

from connectors.errors import UNDECODABLE, HeadraceError
from reports.incidents import KEPT_MS, MOST_KEPT, Delivery, decoded_deliveries, deliveries_key
from reports.records import Alert

log = logging.getLogger(__name__)

MOST_UNNOTED = 1_000
MOST_OF_AN_INCIDENT = 50
AGAIN_S = 30.0
JOIN_S = 3.0


class DeliveryNotes:
    """Records deliveries: `note` may be called from any thread; a separate thread writes. `connect` opens Redis on
    demand.

    Failed writes are retried, for the newest thousand notes.
    """

    def __init__(self, connect: Callable[[], redis.Redis], prefix: str, now_ms: Callable[[], int]) -> None:
        self._connect, self._key, self._now_ms = connect, deliveries_key(prefix), now_ms
        self._client: redis.Redis | None = None
        self._unnoted = deque[tuple[str, Delivery]](maxlen=MOST_UNNOTED)
        self._wake, self._stop = threading.Event(), threading.Event()
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="deliveries", daemon=True)

    def start(self) -> None:
        """Writes in a thread from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; unwritten notes are lost."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(JOIN_S)

    def note(self, target: str, alerts: Sequence[Alert], at_ms: int | None = None, failure: str = "") -> None:
        """Records that alerts were delivered to a target now, or at a time (ms), or why they wait."""
        incidents = dict.fromkeys((alert.incident or alert.key, alert.state) for alert in alerts)
        at_ms = self._now_ms() if at_ms is None else at_ms
        self._unnoted.extend(
            (incident, Delivery(target=target, state=state, at_ms=at_ms, failure=failure))
            for incident, state in incidents
        )
        self._wake.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            self._wake.clear()
            while not self._written() and not self._stop.wait(AGAIN_S):
                pass

    def _written(self) -> bool:
        """Writes waiting notes; returns whether all are written."""
        try:
            while self._unnoted:
                self._write(*self._unnoted[0])
                self._unnoted.popleft()
        except (redis.RedisError, HeadraceError, OSError) as error:
            if not self._failing:
                why = type(error).__name__
                log.warning("cannot record deliveries in Redis (%s): alerts are delivered regardless", why)
            self._client, self._failing = None, True
            return False
        self._failing = False
        return True

    def _write(self, incident: str, delivery: Delivery) -> None:
        client = self._client = self._client or self._connect()
        payload = client.hget(self._key, incident)
        known = _decoded(payload) if isinstance(payload, bytes | str) else ()
        newest = (*known, delivery)[-MOST_OF_AN_INCIDENT:]
        with client.pipeline() as pipe:
            pipe.hset(self._key, incident, msgspec.json.encode(newest))
            pipe.pexpire(self._key, KEPT_MS)
            pipe.hlen(self._key)
            count = pipe.execute()[-1]
        if count > MOST_KEPT:
            self._forget(client, count - MOST_KEPT)

    def _forget(self, client: redis.Redis, count: int) -> None:
        """Removes the incidents with the oldest deliveries."""
        fields = cast("dict[bytes, bytes]", client.hgetall(self._key))
        last = {
            name: max((delivery.at_ms for delivery in _decoded(payload)), default=0) for name, payload in fields.items()
        }
        client.hdel(self._key, *sorted(last, key=lambda name: last[name])[:count])


def _decoded(payload: bytes | str) -> tuple[Delivery, ...]:
    try:
        return decoded_deliveries(payload)
    except UNDECODABLE:
        return ()
