"""Implements `headrace history`: prints the entries of a definition in the registry."""

import json
from collections.abc import Sequence
from typing import Any

import typer
from rich.table import Table

from cli.terminal import cell, err, out
from cli.topics import expect_broker
from dataflows.expectations import did_you_mean
from dataflows.runtime.settings_loader import load_settings
from governance.registration.registry import RegistryContent, RegistryEntry, registry_of
from reports.moments import instant

SHORT = 12  # digits of a commit


def history(name: str, *, as_json: bool) -> None:
    """Prints what was registered under a name, the newest last. Raises the registry's errors."""
    settings = load_settings()
    expect_broker(settings)
    registered = registry_of(settings).read()
    entries = [entry for entry in registered.history if name in (entry.name, entry.key)]
    if not entries:
        err.print(_unknown(name, registered), soft_wrap=True)
        raise typer.Exit(1)
    if as_json:
        typer.echo(json.dumps({"history": name, "entries": [_as_dict(entry) for entry in entries]}))
    else:
        out.print(_table(entries))


def _unknown(name: str, registered: RegistryContent) -> str:
    names = {entry.name for entry in registered.history}
    hint = did_you_mean(name, names) or f"the registry contains {len(names)} names"
    return f"{name} was never registered; {hint}"


def _table(entries: Sequence[RegistryEntry]) -> Table:
    table = Table("revision", "when", "what", "version", "fingerprint", "by", "commit", "reason", box=None)
    for entry in entries:
        act = entry.act
        row = (_change_of(entry), str(entry.version or ""), entry.fingerprint, act.by, _short(act.commit), act.reason)
        table.add_row(str(entry.revision), instant(act.at), *map(cell, row))
    return table


def _change_of(entry: RegistryEntry) -> str:
    if entry.written is None:
        return f"{entry.kind} removed"
    return f"{entry.kind} {'changed' if entry.parent else 'added'}"


def _short(commit: str) -> str:
    """Shortens a commit; keeps its `-dirty` mark."""
    digits, dash, dirty = commit.partition("-")
    return f"{digits[:SHORT]}{dash}{dirty}"


def _as_dict(entry: RegistryEntry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "revision": entry.revision,
        "by": entry.act.by,
        "at": entry.act.at,
        "commit": entry.act.commit,
        "reason": entry.act.reason,
        "version": entry.version,
        "fingerprint": entry.fingerprint,
        "parent": entry.parent,
        "definition": entry.written,
    }
