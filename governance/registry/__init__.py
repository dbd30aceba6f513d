"""What is on record of definitions."""

from governance.registry.document import InvalidRegistry, definitions_in, document_of

__all__ = ["InvalidRegistry", "definitions_in", "document_of"]
