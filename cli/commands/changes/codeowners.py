"""Signature and help of `headrace codeowners`."""

from pathlib import Path
from typing import Annotated

import typer


def codeowners(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if the block is out of date.")] = False,
    owners: Annotated[Path, typer.Option(help="Mapping of owners to teams of the code host.")] = Path("owners.yaml"),
    file: Annotated[Path, typer.Option(help="The CODEOWNERS file.")] = Path(".github/CODEOWNERS"),
) -> None:
    """Write who reviews which definition into CODEOWNERS, from the owners of the definitions.

    Only the block between `# headrace begin` and `# headrace end` is written; other lines stay as they are. The code
    host takes the last line that matches, so keep the block at the end of the file.

    Examples:

      headrace codeowners

      headrace codeowners --check --file .gitlab/CODEOWNERS

    Exit code: 0 written, or up to date; 1 out of date, or a definition or an owner is wrong; 2 an argument is wrong.
    """
    from cli.handlers.changes import codeowners as command

    command.codeowners(owners, file, check=check)
