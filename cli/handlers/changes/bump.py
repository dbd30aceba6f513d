"""Implements `headrace bump`: raises versions in their files."""

from collections.abc import Sequence

from cli.error_reporting import InvalidArgument
from cli.terminal import err, out, where
from dataflows.definitions import load
from dataflows.runtime.settings_loader import load_settings
from governance.authoring.editing import bumped, needed_bumps, write_definitions
from governance.registration.revisions import definitions_of


def bump(names: Sequence[str], to: int | None, against: str | None) -> None:
    """Raises the versions of named definitions, or of those that need it `against` other definitions.

    Raises InvalidArgument, DefinitionErrors, InvalidBump, UneditableFile, UnknownReference and InvalidRegistry.
    """
    _expect_clear(names, to, against)
    specs = load_settings().specs
    definitions = load(specs)
    if against is None:
        bumps = bumped(specs, definitions, dict.fromkeys(names), to)
    else:
        bumps = needed_bumps(specs, definitions_of(against, specs), definitions)
    write_definitions(specs, [raised.file for raised in bumps])
    for raised in bumps:
        out.print(
            f"{raised.name}: version {raised.before} -> {raised.after} in {where(raised.file.path)}", soft_wrap=True
        )
    if not bumps:
        err.print("no definition needs a new version")


def _expect_clear(names: Sequence[str], to: int | None, against: str | None) -> None:
    if bool(names) == (against is not None):
        raise InvalidArgument("expected either names or --needed")
    if to is not None and len(names) != 1:
        raise InvalidArgument("--to needs exactly one name")
