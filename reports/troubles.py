"""Contains failures while rendering one feature: shows them in place of its report, away from other features."""

import logging
from collections.abc import Callable

from markupsafe import Markup

from reports.moments import span
from reports.plain_texts import plain
from reports.records import FeatureReport

log = logging.getLogger(__name__)
LONGEST = 200
_LOGGED: set[tuple[str, str]] = set()


def note(report: FeatureReport, item: str) -> None:
    """Logs a failure of a feature once, with its traceback. Call it while handling the exception."""
    name = report.subject.feature
    if (name, item) not in _LOGGED:
        _LOGGED.add((name, item))
        log.exception("failed to render %s of %s for %s", item, name, span(report.start_ms, report.end_ms))


def reason(error: Exception) -> str:
    """Formats an exception in one line.

    >>> reason(ValueError("no\\nnumber"))
    'ValueError: no number'
    """
    return plain(f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": "), LONGEST)


def drawing(report: FeatureReport, item: str, draw: Callable[[], Markup]) -> Markup:
    """Returns a drawing, or a note with the reason of its failure."""
    try:
        return draw()
    except Exception as error:
        note(report, item)
        return Markup("<small>{} of this interval could not be rendered: {}</small>").format(item, reason(error))
