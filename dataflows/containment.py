"""The one place where an exception does not end the run: a feature is served whatever becomes of its profile."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from dataflows.metrics import QUALITY_ERRORS

log = logging.getLogger(__name__)
_LOGGED: set[str] = set()


@contextmanager
def contained(subject: str) -> Iterator[None]:
    """What fails in the block is left out and counted; the first failure of a subject is logged with its traceback.

    Everywhere else an exception ends the run, because a value could be wrong. Here only what is said about values
    could be missing, and stopping the features for that would be the greater harm.
    """
    try:
        yield
    except Exception:
        QUALITY_ERRORS.labels(subject).inc()
        if subject not in _LOGGED:
            _LOGGED.add(subject)
            log.exception("the quality of %s could not be looked at; features are served all the same", subject)
