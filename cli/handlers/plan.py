"""`headrace plan`: what a change of definitions does."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import typer

from cli.handlers.plan_consumers import seen_consumers
from cli.terminal import err, out
from cli.topics import expect_broker
from dataflows.definitions import Definitions, load
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from governance.planning import CostChange, Plan, TopicSchemas, lines, markdown
from governance.planning import plan as planned
from governance.registering import schemas_of
from governance.registry import registry_of
from governance.revisions import definitions_of

CHANGES = 2
"""The exit code of a plan with changes, as Terraform's `-detailed-exitcode`."""
LAST_COMMIT = "HEAD"


CostOf = Callable[[Settings, Definitions, Definitions, set[str]], CostChange]
OnRecord = tuple[Definitions, Mapping[str, TopicSchemas]]


def plan(folder: Path | None, against: str | None, cost_of: CostOf | None, *, as_json: bool, as_markdown: bool) -> None:
    """Compares the definitions of a folder with others. Raises DefinitionErrors, UnknownReference, InvalidRegistry."""
    settings = load_settings()
    folder = folder or settings.specs
    after = load(folder)
    before, schemas = (definitions_of(against, folder), {}) if against else _registered(settings, folder, after)
    result = planned(before, after, schemas=schemas, seen=seen_consumers(settings, before))
    if cost_of is not None and result.changes:
        cost = cost_of(settings, before, after, _replayed(result, after))
        result = msgspec.structs.replace(result, cost=cost)
    _print(result, as_json=as_json, as_markdown=as_markdown)
    if result.problems:
        raise typer.Exit(1)
    if result.changes:
        raise typer.Exit(CHANGES)


def _registered(settings: Settings, folder: Path, after: Definitions) -> OnRecord:
    """What is registered; without a broker the registry may never have been used, then the last commit is what was."""
    expect_broker(settings)
    registry = registry_of(settings)
    registered = registry.read()
    if not settings.pulsar_url and not registered.revision:
        return definitions_of(LAST_COMMIT, folder), {}
    err.print(f"compared with revision {registered.revision} of {registry.place}", soft_wrap=True)
    schemas = schemas_of(settings.pulsar_connection(), after) if settings.pulsar_url else {}
    return registered.definitions, schemas


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
