"""Implements `headrace export`: definitions for Feast, AsyncAPI and OpenLineage."""

import json
from pathlib import Path

import typer

from cli.output_folder import expect_writable
from cli.terminal import err, now_ms, where
from cli.terminal import out as stdout
from dataflows.definitions import Definitions, load
from dataflows.history.whole_files import write_whole
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from governance.publishing.exports.asyncapi import DocumentFormat, format_of, text_of
from governance.publishing.exports.asyncapi import asyncapi as asyncapi_document
from governance.publishing.exports.feast import export_feast
from governance.publishing.exports.openlineage import deployment_of, job_event


def feast(folder: Path | None, out: Path, project: str) -> None:
    """Writes a Feast repository and prints the next steps. Raises DefinitionErrors, InvalidProject and ForeignFile."""
    _, definitions = _read(folder)
    expect_writable(out)
    repository = export_feast(definitions, out, project)
    for file in repository.written:
        stdout.print(where(file))
    for note in repository.notes:
        err.print(note, soft_wrap=True)
    err.print(f"next: cd {where(out)} && feast apply", soft_wrap=True)


def asyncapi(folder: Path | None, out: Path | None, form: DocumentFormat | None) -> None:
    """Writes the AsyncAPI document. Raises DefinitionErrors."""
    settings, definitions = _read(folder)
    document = asyncapi_document(definitions, settings.dead_letter_topic, settings.pulsar_url)
    _write(text_of(document, form or (format_of(out) if out else "json")), out)


def openlineage(folder: Path | None, out: Path | None) -> None:
    """Writes the JobEvent. Raises DefinitionErrors."""
    settings, definitions = _read(folder)
    event = job_event(definitions, deployment_of(settings), now_ms())
    _write(json.dumps(event, indent=2, ensure_ascii=False) + "\n", out)


def _read(folder: Path | None) -> tuple[Settings, Definitions]:
    settings = load_settings()
    return settings, load(folder or settings.specs)


def _write(text: str, file: Path | None) -> None:
    if file is None:
        typer.echo(text, nl=False)
        return
    expect_writable(file.parent)
    write_whole(file, text.encode())
    stdout.print(where(file))
