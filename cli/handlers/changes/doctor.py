"""Implements `headrace doctor`: compares the definitions with every place that knows them."""

import json
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from cli.terminal import cell, err, out
from dataflows.definitions import load
from dataflows.runtime.settings_loader import load_settings
from governance.registration.diagnosis import PLACES, Diagnosis, diagnosed

UNKNOWN, DISAGREE = 1, 2


def doctor(folder: Path | None, *, as_json: bool) -> None:
    """Compares the definitions of a folder with every place. Raises DefinitionErrors."""
    settings = load_settings()
    diagnosis = diagnosed(settings, load(folder or settings.specs))
    if as_json:
        typer.echo(json.dumps(_as_dict(diagnosis)))
    else:
        _print_diagnosis(diagnosis)
    if any(diagnosis.disagreeing()):
        raise typer.Exit(DISAGREE)
    if diagnosis.unknown:
        raise typer.Exit(UNKNOWN)


def _print_diagnosis(diagnosis: Diagnosis) -> None:
    for place in diagnosis.unknown:
        err.print(f"{place.name}: unknown: {place.unknown}", soft_wrap=True)
    disagreeing = list(diagnosis.disagreeing())
    if disagreeing:
        out.print(_table(diagnosis))
    asked = [place.name for place in diagnosis.places if place.verdicts]
    counted = f"{len(diagnosis.keys)} definitions, {len(disagreeing)} of them differ in at least one place"
    out.print(f"{counted}; compared with: {', '.join(asked) or 'nothing, because nothing has run yet'}", soft_wrap=True)


def _table(diagnosis: Diagnosis) -> Table:
    table = Table("definition", *PLACES, "what to do", box=None)
    for key, verdicts, advice in diagnosis.disagreeing():
        table.add_row(cell(key), *(verdicts.get(name, "-") for name in PLACES), advice)
    return table


def _as_dict(diagnosis: Diagnosis) -> dict[str, Any]:
    advice = {key: todo for key, _, todo in diagnosis.disagreeing()}
    return {
        "doctor": 1,
        "unknown": {place.name: place.unknown for place in diagnosis.unknown},
        "definitions": [
            {"key": key, "agree": key not in advice, "places": diagnosis.of(key), "advice": advice.get(key, "")}
            for key in diagnosis.keys
        ],
    }
