"""The one place where an exception does not end the run: a feature is served whatever becomes of its profile."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from dataflows.metrics import QUALITY_ERRORS
from reports.troubles import reason

log = logging.getLogger(__name__)
_LOGGED: set[str] = set()


@contextmanager
def error_boundary(subject: str) -> Iterator[list[str]]:
    """What fails in the block is left out and counted; the first failure of a subject is logged with its traceback.

    After the block the list that it was given holds what failed, in one line, and is empty where nothing did.

    Everywhere else an exception ends the run, because a value could be wrong. Here only what is said about values
    could be missing, and stopping the features for that would be the greater harm.
    """
    failed: list[str] = []
    try:
        yield failed
    except Exception as error:
        failed.append(reason(error))
        QUALITY_ERRORS.labels(subject).inc()
        if subject not in _LOGGED:
            _LOGGED.add(subject)
            log.exception("could not profile %s; its report is incomplete, feature values are not affected", subject)
