"""Signature and help of `headrace codeowners`."""

from pathlib import Path
from typing import Annotated

import typer


def codeowners(
    check: Annotated[bool, typer.Option("--check", help="Write nothing. Fail if the block is out of date.")] = False,
    owners: Annotated[Path, typer.Option(help="File that maps owners to teams of the code host.")] = Path(
        "owners.yaml"
    ),
    file: Annotated[Path, typer.Option(help="CODEOWNERS file to write.")] = Path(".github/CODEOWNERS"),
) -> None:
    """Write the owners of the definitions to CODEOWNERS, so that they review changes.

    The command writes only the block between `# headrace begin` and `# headrace end`. Code hosts use the last line
    that matches, so keep the block at the end of the file.

    Examples:

      headrace codeowners

      headrace codeowners --check --file .gitlab/CODEOWNERS

    Exit code: 0 written, or up to date; 1 out of date, or a definition or an owner is invalid; 2 an argument is
    invalid.
    """
    from cli.handlers.changes import codeowners as command

    command.codeowners(owners, file, check=check)
