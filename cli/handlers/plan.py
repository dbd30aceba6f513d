"""`headrace plan`: what a change of definitions does."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import typer

from cli.handlers.plan_consumers import seen_consumers
from cli.terminal import out
from dataflows.definitions import Definitions, load
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from governance.planning import CostChange, Plan, lines, markdown
from governance.planning import plan as planned
from governance.revisions import definitions_of

CHANGES = 2
"""The exit code of a plan with changes, as Terraform's `-detailed-exitcode`."""


CostOf = Callable[[Settings, Definitions, Definitions, set[str]], CostChange]


def plan(folder: Path | None, against: str, cost_of: CostOf | None, *, as_json: bool, as_markdown: bool) -> None:
    """Compares the definitions of a folder with others. Raises DefinitionErrors, UnknownReference, InvalidRegistry."""
    settings = load_settings()
    folder = folder or settings.specs
    before, after = definitions_of(against, folder), load(folder)
    result = planned(before, after, seen=seen_consumers(settings, before))
    if cost_of is not None and result.changes:
        cost = cost_of(settings, before, after, _replayed(result, after))
        result = msgspec.structs.replace(result, cost=cost)
    _print(result, as_json=as_json, as_markdown=as_markdown)
    if result.problems:
        raise typer.Exit(1)
    if result.changes:
        raise typer.Exit(CHANGES)


def _replayed(result: Plan, definitions: Definitions) -> set[str]:
    """The sources of what starts over."""
    return {source for price in result.prices for source in definitions.sources_of(price.feature)}


def _print(result: Plan, *, as_json: bool, as_markdown: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result.as_json()))
    elif as_markdown:
        typer.echo(markdown(result), nl=False)
    else:
        for line in lines(result):
            out.print(line, soft_wrap=True)
