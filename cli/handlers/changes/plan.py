"""Implements `headrace plan`: prints what a change of definitions does."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

import msgspec
import typer

from cli.handlers.changes.plan_consumers import seen_consumers
from cli.handlers.changes.plan_reference import on_record, registered
from cli.terminal import out
from dataflows.definitions import Definitions, load
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from governance.changes.planning import MOST_CHARACTERS, CostChange, Plan, lines, markdown
from governance.changes.planning import plan as planned

CHANGES = 2
"""Exit code of a plan with changes, like Terraform's `-detailed-exitcode`."""


class Values(Protocol):
    """The effect of a change on values, printed after the plan."""

    def lines(self) -> Iterable[str]:
        """Yields lines for a terminal."""

    def section(self) -> str:
        """Returns a section for a comment."""

    def as_json(self) -> dict[str, Any]:
        """Returns it for programs."""


ValuesOf = Callable[[Plan, Definitions, Definitions], Values | None]
"""Compares values before and after; returns None if none change."""
CostOf = Callable[[Settings, Definitions, Definitions, set[str]], CostChange]
"""Measures the cost before and after; receives the sources that a replay of restarted features reads."""


def plan(
    folder: Path | None,
    against: str | None,
    values_of: ValuesOf | None = None,
    cost_of: CostOf | None = None,
    *,
    as_json: bool,
    as_markdown: bool,
) -> None:
    """Compares the definitions of a folder with others. Raises DefinitionErrors, UnknownReference, InvalidRegistry."""
    settings = load_settings()
    folder = folder or settings.specs
    after = load(folder)
    before, schemas = on_record(settings, folder, against, after)
    result = planned(before, after, schemas=schemas, seen=seen_consumers(settings, before))
    if cost_of is not None and result.changes:
        cost = cost_of(settings, before, after, _replayed(result, after))
        result = msgspec.structs.replace(result, cost=cost)
    values = None if values_of is None else values_of(result, before, after)
    _print(result, values, as_json=as_json, as_markdown=as_markdown)
    _answer(result)


def plan_of_register(settings: Settings, after: Definitions, *, as_json: bool) -> None:
    """Prints what registering these definitions would do. Raises InvalidRegistry and a broker's errors."""
    before, schemas = registered(settings, after)
    result = planned(before, after, schemas=schemas, seen=seen_consumers(settings, before))
    _print(result, None, as_json=as_json, as_markdown=False)
    _answer(result)


def _answer(result: Plan) -> None:
    if result.problems:
        raise typer.Exit(1)
    if result.changes:
        raise typer.Exit(CHANGES)


def _replayed(result: Plan, definitions: Definitions) -> set[str]:
    """Returns the sources of restarted features."""
    return {source for price in result.prices for source in definitions.sources_of(price.feature)}


def _print(result: Plan, values: Values | None, *, as_json: bool, as_markdown: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result.as_json() | ({} if values is None else {"values": values.as_json()})))
    elif as_markdown:
        section = "" if values is None else values.section()
        typer.echo(markdown(result, MOST_CHARACTERS - len(section)) + section, nl=False)
    else:
        for line in [*lines(result), *(() if values is None else values.lines())]:
            out.print(line, soft_wrap=True)
