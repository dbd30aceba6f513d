"""Templates of new files. `<< name >>` stands for a value: braces belong to the files themselves."""

import json
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("governance.scaffolding"),
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
        autoescape=False,  # YAML, Markdown: `quoted` writes what others chose
    )
    environment.filters["quoted"] = lambda text: json.dumps(text, ensure_ascii=False)
    return environment


def rendered(template: str, **values: object) -> str:
    """A template with its values; the filter `quoted` writes a text as both YAML 1.1 and 1.2 read it."""
    return _environment().get_template(template).render(values)


def templates(folder: str) -> list[str]:
    """The templates in a folder, by name."""
    return [name for name in _environment().list_templates() if name.startswith(f"{folder}/")]
