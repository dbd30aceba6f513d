"""Loads the templates of the pages."""

from functools import cache
from pathlib import Path

from jinja2 import Environment

from reports import moments
from reports.rendering import templating
from serving import assets
from serving.pages.addresses import entity_path, incident_path, interval_path
from serving.pages.charts.history_panels import status_words
from serving.pages.values_now import main_value


@cache
def environment(*more: Path) -> Environment:
    """Returns the environment with the templates of the pages, the formats of the reports, and `more` folders.

    A process has one for the same folders: a template is compiled once, not once for each app.
    """
    made = templating.environment(*more, Path(__file__).parent.parent / "templates")
    made.filters |= {"status_words": status_words, "when": when, "main_value": main_value, "readable": readable}
    made.globals |= {
        "entity_path": entity_path,
        "incident_path": incident_path,
        "interval_path": interval_path,
        "asset": assets.shipped().address,
        "sheet": assets.shipped().sheet,
    }
    return made


def when(at_ms: int, beside_ms: int) -> str:
    """Formats a time (UTC) to the second, with its date unless it equals that of `beside_ms`.

    >>> when(1_767_276_300_000, 1_767_276_360_000), when(1_767_276_300_000, 0)
    ('14:05:00', '2026-01-01 14:05:00')
    """
    full = moments.moment(at_ms)
    return full[11:] if full[:10] == moments.moment(beside_ms)[:10] else full


def readable(text: str) -> str:
    """Returns a sentence that begins with a capital letter and ends with a full stop.

    >>> readable("no rows"), readable("")
    ('No rows.', '')
    """
    return f"{text[0].upper()}{text[1:].rstrip('.')}." if text else ""
