"""The only place where an exception does not end the run: features are served even if profiling fails."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from dataflows.metrics import QUALITY_ERRORS
from reports.troubles import reason

log = logging.getLogger(__name__)
_LOGGED: set[str] = set()


@contextmanager
def error_boundary(subject: str) -> Iterator[list[str]]:
    """Catches and counts a failure of the block; logs the first failure of each subject with its traceback.

    Yields a list that holds the reason of the failure (one line) after the block, and is empty without a failure.

    Elsewhere an exception ends the run, because a value could be wrong. Here only a report about values
    could be missing, and stopping the features would do more harm.
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
