"""The templates: everything that comes from outside is escaped."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports import formats
from serving.values import instant
from serving.views import entity_path, sort_keys


def environment() -> Environment:
    """Templates of the pages with the words of the reports."""
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {
        "clock": formats.clock, "moment": formats.moment, "count": formats.count, "number": formats.number,
        "percent": formats.percent, "lasting": formats.lasting, "score": formats.score, "plain": formats.plain,
        "measure": formats.measure, "instant": instant, "keys": sort_keys,
    }  # fmt: skip
    made.globals["entity_path"] = entity_path
    return made
