"""The registry: the definitions on record."""

from governance.registration.registry.document import InvalidRegistry, definitions_in, document_of
from governance.registration.registry.file_store import FileRegistry
from governance.registration.registry.place import registry_of
from governance.registration.registry.pulsar_store import PulsarRegistry, RegistryNotKept
from governance.registration.registry.registered import LostRevisions, RegistryContent, RegistryEntry, RegistryMoved
from governance.registration.registry.revision import RegistrationContext
from governance.registration.registry.store import Registry
from governance.registration.registry.transfer import RegistryDiffers, exported, imported, recorded_in

__all__ = [
    "FileRegistry",
    "InvalidRegistry",
    "LostRevisions",
    "PulsarRegistry",
    "RegistrationContext",
    "Registry",
    "RegistryContent",
    "RegistryDiffers",
    "RegistryEntry",
    "RegistryMoved",
    "RegistryNotKept",
    "definitions_in",
    "document_of",
    "exported",
    "imported",
    "recorded_in",
    "registry_of",
]
