"""Registers definitions: plans against the registry, then creates topics, then schemas, and writes the registry last.

If it is killed in between, the next run finds the topics and schemas, and the registry has no partial entry.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from connectors.pulsar import PulsarConnection
from dataflows.definitions import Definitions
from dataflows.runtime.settings import Settings
from governance.changes.planning import Plan, plan
from governance.registration.registering.broker_schemas import refusals, register_schemas, schemas_of
from governance.registration.registering.broker_topics import create_topics
from governance.registration.registering.meanwhile import behind, taken_back
from governance.registration.registering.reasons import without_reason
from governance.registration.registry import RegistrationContext, Registry, RegistryContent, registry_of
from governance.registration.registry.store import Tell


@dataclass(frozen=True, slots=True)
class RegistrationOutcome:
    """The plan, why it was refused if it was, and what was done on the broker, in words."""

    plan: Plan
    registered: RegistryContent
    refused: tuple[str, ...] = ()
    done: tuple[str, ...] = ()


def register(
    settings: Settings,
    folder: Path,
    definitions: Definitions,
    act: RegistrationContext,
    tell: Tell,
    registry: Registry | None = None,
) -> RegistrationOutcome:
    """Puts the definitions of a folder on record in the registry of the settings, or returns why not.

    Raises the errors of a registry and of the admin interface.
    """
    registry = registry or registry_of(settings)
    connection = settings.pulsar_connection() if settings.pulsar_url else None
    seen = registry.read()
    with registry.hold(tell):
        before = registry.read()
        made = plan(before.definitions, definitions, schemas=schemas_of(connection, definitions) if connection else {})
        unexplained = () if act.reason else _unexplained(made, folder, before, definitions)
        refused = (
            made.problems or (*unexplained, *taken_back(made, seen, before)) or _by_broker(connection, definitions)
        )
        if refused:
            return RegistrationOutcome(made, before, refused)
        done = tuple(_reported(_on_broker(connection, definitions, settings), tell))
        return RegistrationOutcome(made, _written(registry, before, definitions, act), done=done)


def _unexplained(made: Plan, folder: Path, before: RegistryContent, definitions: Definitions) -> tuple[str, ...]:
    """Returns the problems that only a reason lifts."""
    return (*without_reason(made, before.definitions, definitions), *behind(made, before, folder))


def _by_broker(connection: PulsarConnection | None, definitions: Definitions) -> tuple[str, ...]:
    return tuple(refusals(connection, definitions)) if connection else ()


def _on_broker(connection: PulsarConnection | None, definitions: Definitions, settings: Settings) -> Iterator[str]:
    """Creates topics and schemas on the broker; yields each act in words."""
    if connection is None:
        return
    yield from create_topics(connection, definitions, settings.topic_partitions, settings.topic_retention_days)
    for topic, version in register_schemas(connection, definitions):
        yield f"registered schema version {version} of topic {topic}"


def _reported(acts: Iterable[str], tell: Tell) -> Iterator[str]:
    """Reports each act as soon as it is done."""
    for act in acts:
        tell(act)
        yield act


def _written(
    registry: Registry, before: RegistryContent, definitions: Definitions, act: RegistrationContext
) -> RegistryContent:
    changes = before.changes_to(definitions)
    after = registry.write(before.fingerprint, changes, act) if changes else before
    registry.complete()
    return after
