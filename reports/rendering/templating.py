"""Jinja templates with the formats of reports as filters; escapes everything that comes from outside."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports import formats, moments
from reports.addresses import links
from reports.plain_texts import plain

HERE = Path(__file__).parent.parent


def environment(*folders: Path) -> Environment:
    """Loads the templates of the given folders, which can include those of the reports."""
    loader = FileSystemLoader([*folders, HERE / "templates", HERE / "static"])
    jinja = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    jinja.filters |= {
        "clock": moments.clock, "moment": moments.moment, "count": formats.count, "number": formats.number,
        "percent": formats.percent, "lasting": moments.lasting, "score": formats.score, "plain": plain,
        "measure": formats.measure, "instant": moments.instant, "links": links,
    }  # fmt: skip
    return jinja
