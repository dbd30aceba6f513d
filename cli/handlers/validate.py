"""`headrace validate`: every definition checked, all errors at once."""

import json
from pathlib import Path

import typer
from rich.text import Text

from cli.terminal import out, where
from dataflows.definitions import DefinitionError, DefinitionErrors, Definitions, load
from dataflows.readable import one_line
from dataflows.runtime.alert_routes import load_routes
from dataflows.runtime.settings_loader import load_settings


def validate(folder: Path | None, as_json: bool) -> None:
    """Check every source and feature definition and list all errors at once."""
    routes = None
    if folder is None:
        settings = load_settings()
        folder, routes = settings.specs, settings.alert_routes
    try:
        definitions = load(folder)
        if routes:
            load_routes(routes, definitions)
    except DefinitionErrors as wrong:
        _refuse(wrong, as_json)
        raise typer.Exit(1) from None
    _approve(definitions, folder, as_json)


def _refuse(wrong: DefinitionErrors, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"ok": False, "errors": [_as_dict(error) for error in wrong.errors]}, default=str))
        return
    out.print(str(wrong), soft_wrap=True)
    out.print(_many(len(wrong.errors), "error"), style="red")


def _approve(definitions: Definitions, folder: Path, as_json: bool) -> None:
    features, sources, sets = map(len, (definitions.features, definitions.sources, definitions.sets))
    if as_json:
        typer.echo(json.dumps({"ok": True, "features": features, "sources": sources, "sets": sets, "errors": []}))
        return
    of = f"{_many(features, 'feature')} of {', '.join(definitions.entity_ids) or 'no entity'}"
    summary = f": {of}, {_many(sources, 'source')}, {_sets(definitions)}in {where(folder)}"
    out.print(Text("all valid", style="green").append(one_line(summary), "default"))


def _sets(definitions: Definitions) -> str:
    if not definitions.sets:
        return ""
    return f"{_many(len(definitions.sets), 'feature set')} ({', '.join(definitions.sets)}), "


def _as_dict(error: DefinitionError) -> dict[str, object]:
    names = ("file", "line", "field", "value", "expected", "hint")
    fields = {name: getattr(error, name) for name in names}
    return {**fields, "file": where(error.file)}


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
