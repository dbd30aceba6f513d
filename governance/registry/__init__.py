"""What is on record of definitions."""

from governance.registry.document import InvalidRegistry, definitions_in, document_of
from governance.registry.file_store import FileRegistry
from governance.registry.place import registry_of
from governance.registry.pulsar_store import PulsarRegistry, RegistryNotKept
from governance.registry.registered import Entry, LostRevisions, Registered, RegistryMoved
from governance.registry.revision import Act
from governance.registry.store import Registry
from governance.registry.transfer import RegistryDiffers, exported, imported, recorded_in

__all__ = [
    "Act",
    "Entry",
    "FileRegistry",
    "InvalidRegistry",
    "LostRevisions",
    "PulsarRegistry",
    "Registered",
    "Registry",
    "RegistryDiffers",
    "RegistryMoved",
    "RegistryNotKept",
    "definitions_in",
    "document_of",
    "exported",
    "imported",
    "recorded_in",
    "registry_of",
]
