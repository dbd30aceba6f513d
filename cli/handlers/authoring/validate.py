"""Implements `headrace validate`: checks every definition, and prints all errors at once."""

import json
from pathlib import Path

import typer
from rich.text import Text

from cli.terminal import now_ms, out, where
from dataflows.definitions import DefinitionError, DefinitionErrors, Definitions, load
from dataflows.readable import one_line
from dataflows.runtime.alert_routes import load_routes
from dataflows.runtime.settings_loader import load_settings
from governance.checking.annotations import ANNOTATIONS, Finding, deprecation_notes, mistakes
from reports.formats import plural


def validate(folder: Path | None, as_json: bool, form: str | None = None) -> None:
    """Checks every source and feature definition and prints all errors at once."""
    _check_format(form, as_json)
    routes = None
    if folder is None:
        settings = load_settings()
        folder, routes = settings.specs, settings.alert_routes
    try:
        definitions = load(folder)
        if routes:
            load_routes(routes, definitions)
    except DefinitionErrors as wrong:
        _refuse(wrong, as_json, form)
        raise typer.Exit(1) from None
    _approve(definitions, folder, as_json, form)


def _check_format(form: str | None, as_json: bool) -> None:
    if form is not None and form not in ANNOTATIONS:
        raise typer.BadParameter(f"{form!r:.80} is not one of: {', '.join(ANNOTATIONS)}", param_hint="--format")
    if form and as_json:
        raise typer.BadParameter("--json and --format cannot be combined", param_hint="--format")


def _refuse(wrong: DefinitionErrors, as_json: bool, form: str | None) -> None:
    if form:
        typer.echo(ANNOTATIONS[form](mistakes(wrong.errors)))
        return
    if as_json:
        typer.echo(json.dumps({"ok": False, "errors": [_as_dict(error) for error in wrong.errors]}, default=str))
        return
    out.print(str(wrong), soft_wrap=True)
    out.print(plural(len(wrong.errors), "error"), style="red")


def _approve(definitions: Definitions, folder: Path, as_json: bool, form: str | None) -> None:
    notes = deprecation_notes(definitions, folder, now_ms())
    if form and (report := ANNOTATIONS[form](notes)):
        typer.echo(report)
    if as_json:
        counts = {"features": len(definitions.features), "sources": len(definitions.sources)}
        counts["sets"] = len(definitions.sets)
        typer.echo(json.dumps({"ok": True, **counts, "errors": [], "notes": list(map(_note, notes))}))
    elif form in (None, "github"):
        out.print(Text("all valid", style="green").append(one_line(_summary(definitions, folder)), "default"))
    for note in notes if not (form or as_json) else ():
        out.print(one_line(f"note: {where(note.file)}:{note.line}  {note.text}"), markup=False, soft_wrap=True)


def _summary(definitions: Definitions, folder: Path) -> str:
    features, sources = len(definitions.features), len(definitions.sources)
    of = f"{plural(features, 'feature')} of {', '.join(definitions.entity_ids) or 'no entity'}"
    return f": {of}, {plural(sources, 'source')}, {_sets(definitions)}in {where(folder)}"


def _note(note: Finding) -> dict[str, object]:
    """Returns the note without its leading name."""
    text = note.text.removeprefix(f"{note.title}: ")
    return {"file": where(note.file), "line": note.line, "name": note.title, "note": text}


def _sets(definitions: Definitions) -> str:
    if not definitions.sets:
        return ""
    return f"{plural(len(definitions.sets), 'feature set')} ({', '.join(definitions.sets)}), "


def _as_dict(error: DefinitionError) -> dict[str, object]:
    names = ("file", "line", "field", "value", "expected", "hint")
    fields = {name: getattr(error, name) for name in names}
    return {**fields, "file": where(error.file)}
