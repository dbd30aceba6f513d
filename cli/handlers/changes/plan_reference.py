"""Resolves what a plan compares with: a named reference, else the registry, else the last commit."""

from collections.abc import Mapping
from pathlib import Path

from cli.terminal import err
from cli.topics import expect_broker
from dataflows.definitions import Definitions
from dataflows.runtime.settings import Settings
from governance.changes.planning import TopicSchemas
from governance.registration.registering import schemas_of
from governance.registration.registry import registry_of
from governance.registration.revisions import definitions_of

LAST_COMMIT = "HEAD"
OnRecord = tuple[Definitions, Mapping[str, TopicSchemas]]
"""Definitions, and the broker's schemas by topic."""


def on_record(settings: Settings, folder: Path, against: str | None, after: Definitions) -> OnRecord:
    """Returns what the definitions `after` are compared with. Raises UnknownReference, InvalidRegistry,
    DefinitionErrors.

    Without a broker, the registry may never have been used; then the last commit is the reference.
    """
    if against:
        return definitions_of(against, folder), {}
    if not settings.pulsar_url and not registry_of(settings).read().revision:
        err.print("compared with the last commit, because nothing is registered yet", soft_wrap=True)
        return definitions_of(LAST_COMMIT, folder), {}
    return registered(settings, after)


def registered(settings: Settings, after: Definitions) -> OnRecord:
    """Returns the content of the registry, which may be empty. Raises InvalidRegistry and a broker's errors."""
    expect_broker(settings)
    registry = registry_of(settings)
    definitions = registry.read()
    err.print(f"compared with revision {definitions.revision} of {registry.place}", soft_wrap=True)
    schemas = schemas_of(settings.pulsar_connection(), after) if settings.pulsar_url else {}
    return definitions.definitions, schemas
