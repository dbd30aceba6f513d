"""Reads the dataflow's heartbeat for the pagers: once a second, for any number of callers."""

import logging
import threading
import time
from collections.abc import Callable

import redis

from connectors.errors import HeadraceError
from serving.quality.pipeline import Pipeline

log = logging.getLogger(__name__)

LOOK_S = 1.0


class PipelineWatch:
    """Returns the pipeline's state when called, from any thread; None while Redis does not answer.

    `read` reads the heartbeat, and opens Redis if needed; `clock` is in s.
    """

    def __init__(self, read: Callable[[], Pipeline], clock: Callable[[], float] = time.monotonic) -> None:
        self._read, self._clock = read, clock
        self._lock = threading.Lock()
        self._newest: Pipeline | None = None
        self._looked_s = float("-inf")
        self._failing = False

    def __call__(self) -> Pipeline | None:
        """Returns the state of the dataflow, at most a second old."""
        with self._lock:
            if self._clock() >= self._looked_s + LOOK_S:
                self._newest, self._looked_s = self._looked(), self._clock()
            return self._newest

    def _looked(self) -> Pipeline | None:
        try:
            pipeline = self._read()
        except (redis.RedisError, HeadraceError, OSError) as error:
            if not self._failing:
                why = type(error).__name__
                log.warning("cannot read the heartbeat in Redis (%s); if this lasts, it is reported", why)
            self._failing = True
            return None
        self._failing = False
        return pipeline
