"""Implements `headrace registry export` and `headrace registry import`: the registry as one document."""

from pathlib import Path

import typer

from cli.terminal import err, now_ms, out, where
from cli.topics import expect_broker
from connectors.errors import naming
from dataflows.runtime.settings_loader import load_settings
from governance.registration.registering import act_of
from governance.registration.registry import exported, imported, registry_of


def export_registry(file: Path | None) -> None:
    """Writes the document to a file or to standard output. Raises the registry's errors."""
    settings = load_settings()
    expect_broker(settings)
    registry = registry_of(settings)
    document = exported(registry)
    if file is None:
        typer.echo(document.decode(), nl=False)
        return
    with naming(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(document)
    err.print(f"wrote {where(file)}", soft_wrap=True)


def import_registry(file: Path) -> None:
    """Puts the document on record. Raises the registry's errors, InvalidRegistry and RegistryDiffers."""
    settings = load_settings()
    expect_broker(settings)
    registry = registry_of(settings)
    act = act_of(Path(), f"imported from {file.name}", now_ms())
    registered, count = imported(registry, file.read_bytes(), act, lambda text: err.print(text, soft_wrap=True))
    outcome = f"imported {count} revision{'s' * (count != 1)}" if count else "nothing to do"
    out.print(f"{outcome}: {registry.place} is at revision {registered.revision}", soft_wrap=True)
