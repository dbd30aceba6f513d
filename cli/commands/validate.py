"""How `headrace validate` is called."""

from pathlib import Path
from typing import Annotated

import typer


def validate(
    folder: Annotated[Path | None, typer.Argument(help="Folder of definitions.", show_default="HEADRACE_SPECS")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Check every source and feature definition and list all errors at once.

    An error reads FILE:LINE: FIELD: value, what was expected, hint. Needs no broker and no Redis.

    Examples:

      headrace validate

      headrace validate feature_specs --json | jq '.errors[].file'

    Exit code: 0 all definitions are right, 1 some are not.
    """
    from cli.handlers import validate as command

    command.validate(folder, as_json)
