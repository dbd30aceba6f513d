"""Implements `headrace codeowners`: writes or compares the block of CODEOWNERS."""

from pathlib import Path

import typer

from cli.error_reporting import InvalidArgument
from cli.terminal import err, out, where
from dataflows.definitions import definition_files, load
from dataflows.runtime.settings_loader import load_settings
from governance.publishing.codeowners import block, read_owners, with_block


def codeowners(owners: Path, file: Path, *, check: bool) -> None:
    """Writes the block, or reports whether it is up to date. Raises DefinitionErrors and InvalidOwners."""
    specs = load_settings().specs
    definitions, root = load(specs), Path.cwd().resolve()
    files = {name: _inside(path.resolve(), root) for name, path in definition_files(specs).items()}
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    after = with_block(before, block(definitions, files, read_owners(owners)))
    if check and after != before:
        err.print(f"{where(file)} is out of date: run `headrace codeowners`")
        raise typer.Exit(1)
    if not check:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(after, encoding="utf-8")
    out.print(f"{where(file)}: {'up to date' if after == before else 'written'}")


def _inside(path: Path, root: Path) -> Path:
    """Returns the path from the root of the repository, which is the working folder."""
    if not path.is_relative_to(root):
        raise InvalidArgument(f"{path} is outside {root}; run the command in the root of the repository")
    return path.relative_to(root)
