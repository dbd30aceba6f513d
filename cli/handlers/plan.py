"""`headrace plan`: what a change of definitions does."""

import json
from pathlib import Path

import typer

from cli.terminal import err, out
from cli.topics import expect_broker
from dataflows.definitions import Definitions, load
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from governance.planning import Plan, lines, markdown
from governance.planning import plan as planned
from governance.registering import schemas_of
from governance.registry import registry_of
from governance.revisions import definitions_of

CHANGES = 2
"""The exit code of a plan with changes, as Terraform's `-detailed-exitcode`."""
LAST_COMMIT = "HEAD"


def plan(folder: Path | None, against: str | None, *, as_json: bool, as_markdown: bool) -> None:
    """Compares the definitions of a folder with others. Raises DefinitionErrors, UnknownReference, InvalidRegistry."""
    result = _planned(folder, against)
    _print(result, as_json=as_json, as_markdown=as_markdown)
    if result.problems:
        raise typer.Exit(1)
    if result.changes:
        raise typer.Exit(CHANGES)


def _planned(folder: Path | None, against: str | None) -> Plan:
    if folder and against:
        return planned(definitions_of(against, folder), load(folder))
    settings = load_settings()
    folder = folder or settings.specs
    definitions = load(folder)
    if against:
        return planned(definitions_of(against, folder), definitions)
    return _against_the_registry(settings, folder, definitions)


def _against_the_registry(settings: Settings, folder: Path, definitions: Definitions) -> Plan:
    """Without a broker the registry may never have been used; then the last commit is what there was."""
    expect_broker(settings)
    registry = registry_of(settings)
    registered = registry.read()
    if not settings.pulsar_url and not registered.revision:
        return planned(definitions_of(LAST_COMMIT, folder), definitions)
    err.print(f"compared with revision {registered.revision} of {registry.place}", soft_wrap=True)
    schemas = schemas_of(settings.pulsar_connection(), definitions) if settings.pulsar_url else {}
    return planned(registered.definitions, definitions, schemas=schemas)


def _print(result: Plan, *, as_json: bool, as_markdown: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result.as_json()))
    elif as_markdown:
        typer.echo(markdown(result), nl=False)
    else:
        for line in lines(result):
            out.print(line, soft_wrap=True)
