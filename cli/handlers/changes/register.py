"""Implements `headrace register`: puts definitions on record, and prints each step."""

import json
from pathlib import Path
from typing import Any

import typer

from cli.handlers.changes.plan import plan_of_register
from cli.terminal import err, now_ms, out
from cli.topics import expect_broker
from dataflows.definitions import load
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from governance.changes.planning import lines
from governance.publishing.exports.openlineage import tell_registered
from governance.registration.registering import RegistrationOutcome, act_of
from governance.registration.registering import register as registering
from governance.registration.registry import registry_of


def register(folder: Path | None, reason: str, *, dry_run: bool, as_json: bool) -> None:
    """Registers the definitions of a folder. Raises DefinitionErrors and the errors of registry and broker."""
    settings = load_settings()
    folder = folder or settings.specs
    definitions = load(folder)
    if dry_run:
        plan_of_register(settings, definitions, as_json=as_json)
        return
    expect_broker(settings)
    outcome = registering(settings, folder, definitions, act_of(folder, reason.strip(), now_ms()), _tell)
    if as_json:
        typer.echo(json.dumps(_as_dict(outcome)))
    else:
        _print_outcome(outcome, settings)
    if outcome.refused:
        raise typer.Exit(1)
    if outcome.plan.changes and (untold := tell_registered(definitions, settings, now_ms())):
        err.print(untold, style="yellow", soft_wrap=True)


def _tell(text: str) -> None:
    err.print(text, soft_wrap=True)


def _print_outcome(outcome: RegistrationOutcome, settings: Settings) -> None:
    if outcome.plan.changes:
        for line in lines(outcome.plan):
            out.print(line, soft_wrap=True)
    if outcome.refused:
        for refusal in outcome.refused:
            err.print(f"refused: {refusal}", soft_wrap=True)
        err.print("nothing was registered", soft_wrap=True)
    elif outcome.plan.changes or outcome.done:
        place = registry_of(settings).place
        out.print(f"registered: revision {outcome.registered.revision} of {place}", soft_wrap=True)
    else:
        out.print(
            f"nothing to do: revision {outcome.registered.revision} already contains these definitions", soft_wrap=True
        )


def _as_dict(outcome: RegistrationOutcome) -> dict[str, Any]:
    return {
        "register": 1,
        "refused": list(outcome.refused),
        "revision": outcome.registered.revision,
        "fingerprint": outcome.registered.fingerprint,
        "done": list(outcome.done),
        "plan": outcome.plan.as_json(),
    }
