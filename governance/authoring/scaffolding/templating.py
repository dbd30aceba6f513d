"""Renders templates of new files. `<< name >>` is a placeholder, because the files themselves use braces."""

import json
import re
from functools import cache

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]*")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("governance.authoring.scaffolding"),
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        autoescape=False,  # YAML, Markdown: `quoted` and `plain` escape foreign text
    )
    environment.filters["quoted"] = _quoted
    environment.filters["plain"] = _plain
    return environment


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _plain(text: str) -> str:
    """Returns a text without quotes if YAML reads it as the same text: not `null`, `on` or `1e5`."""
    return text if _WORD.fullmatch(text) and yaml.safe_load(text) == text else _quoted(text)


def rendered(template: str, **values: object) -> str:
    """Renders a template; `quoted` and `plain` write a text so that YAML 1.1 and 1.2 read it alike."""
    return _environment().get_template(template).render(values)


def templates(folder: str) -> list[str]:
    """Returns the templates in a folder, by name."""
    return [name for name in _environment().list_templates() if name.startswith(f"{folder}/")]
