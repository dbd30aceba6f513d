"""`headrace plan`: what a change of definitions does."""

import json
from pathlib import Path

import typer

from cli.handlers.plan_consumers import seen_consumers
from cli.terminal import out
from dataflows.definitions import load
from dataflows.runtime.settings_loader import load_settings
from governance.planning import Plan, lines, markdown
from governance.planning import plan as planned
from governance.revisions import definitions_of

CHANGES = 2
"""The exit code of a plan with changes, as Terraform's `-detailed-exitcode`."""


def plan(folder: Path | None, against: str, *, as_json: bool, as_markdown: bool) -> None:
    """Compares the definitions of a folder with others. Raises DefinitionErrors, UnknownReference, InvalidRegistry."""
    settings = load_settings()
    folder = folder or settings.specs
    before = definitions_of(against, folder)
    result = planned(before, load(folder), seen=seen_consumers(settings, before))
    _print(result, as_json=as_json, as_markdown=as_markdown)
    if result.problems:
        raise typer.Exit(1)
    if result.changes:
        raise typer.Exit(CHANGES)


def _print(result: Plan, *, as_json: bool, as_markdown: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result.as_json()))
    elif as_markdown:
        typer.echo(markdown(result), nl=False)
    else:
        for line in lines(result):
            out.print(line, soft_wrap=True)
