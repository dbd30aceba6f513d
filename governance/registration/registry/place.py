"""Chooses the registry: on Pulsar if a broker is set, else files beside the embedded topics."""

from dataflows.runtime.settings import Settings
from governance.registration.registry.file_store import FileRegistry
from governance.registration.registry.pulsar_store import PulsarRegistry
from governance.registration.registry.store import Registry


def registry_of(settings: Settings) -> Registry:
    """Returns the registry of these settings."""
    if settings.pulsar_url is None:
        return FileRegistry(settings.var / "registry")
    return PulsarRegistry(settings.pulsar_connection(), settings.registry_topic)
