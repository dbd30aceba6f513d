"""The templates of the pages, beside those of the reports."""

from pathlib import Path

from jinja2 import Environment

from reports import templating
from serving.values import instant
from serving.views import entity_path, sort_keys


def environment() -> Environment:
    """Templates of the pages with the words of the reports."""
    made = templating.environment(Path(__file__).parent / "templates")
    made.filters |= {"instant": instant, "keys": sort_keys}
    made.globals["entity_path"] = entity_path
    return made
