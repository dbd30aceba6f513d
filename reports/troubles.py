"""Troubles of one feature's report, told where the report would stand: they are never those of another feature."""

import logging
from collections.abc import Callable

from markupsafe import Markup

from reports.formats import span
from reports.plain_texts import plain
from reports.records import FeatureReport

log = logging.getLogger(__name__)
LONGEST = 200
_LOGGED: set[tuple[str, str]] = set()


def note(report: FeatureReport, what: str) -> None:
    """Logs with its traceback what failed for a feature, each once; to be called while an exception is handled."""
    name = report.subject.feature
    if (name, what) not in _LOGGED:
        _LOGGED.add((name, what))
        log.exception("%s of %s in %s failed", what, name, span(report.start_ms, report.end_ms))


def reason(error: Exception) -> str:
    """An exception in one line.

    >>> reason(ValueError("no\\nnumber"))
    'ValueError: no number'
    """
    return plain(f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": "), LONGEST)


def drawing(report: FeatureReport, what: str, draw: Callable[[], Markup]) -> Markup:
    """A drawing inside a page, or in its place why there is none."""
    try:
        return draw()
    except Exception as error:
        note(report, what)
        return Markup("<small>{} of this interval could not be drawn: {}</small>").format(what, reason(error))
