"""Loads the templates of the pages."""

from pathlib import Path

from jinja2 import Environment

from reports.rendering import templating
from serving.pages.view_models import entity_path, sort_keys


def environment() -> Environment:
    """Templates of the pages with the words of the reports."""
    made = templating.environment(Path(__file__).parent.parent / "templates")
    made.filters |= {"keys": sort_keys}
    made.globals["entity_path"] = entity_path
    return made
