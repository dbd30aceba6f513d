"""Writes `headrace.env.example`, every setting with its description and default; run with `python -m`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from dataflows.runtime.settings import Settings, variable

HEAD = """# Settings of Headrace. Copy this file to headrace.env, or to the path in HEADRACE_ENV_FILE. Environment
# variables take precedence over the file. By default, topics are files and Redis is embedded.
"""


def example() -> str:
    """Returns the text of the file."""
    return HEAD + "".join(_lines())


def _lines() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        default = default.lower() if isinstance(field.default, bool) else default
        yield f"\n# {field.description}\n#{variable(name)}={default}\n"


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else "headrace.env.example").write_text(example(), encoding="utf-8")
