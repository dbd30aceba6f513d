"""Loads the templates of the pages."""

from pathlib import Path

from jinja2 import Environment

from reports.rendering import templating
from serving.pages.view_models import entity_path, sort_keys
from serving.values import instant


def environment() -> Environment:
    """Returns the templates of the pages, with the filters of the reports."""
    made = templating.environment(Path(__file__).parents[1] / "templates")
    made.filters |= {"instant": instant, "keys": sort_keys}
    made.globals["entity_path"] = entity_path
    return made
