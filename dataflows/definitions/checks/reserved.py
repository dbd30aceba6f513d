"""Names that mean something in a row already: in the record of a feature topic, in Redis, beside a value."""

from collections.abc import Iterator

from dataflows.definitions.errors import DefinitionError
from dataflows.definitions.model.feature import WrittenFeature
from dataflows.definitions.reading.parser import Found

RECORD_FIELDS = ("as_of", "gone", "quarantined", "seq", "warming")
"""Fields of every record besides the entity's id and the features."""


def name_errors(found: Found[WrittenFeature]) -> Iterator[DefinitionError]:
    """A feature whose name is taken."""
    name, entity_id = found.written.feature_name, found.written.entity_id
    if name in (*RECORD_FIELDS, entity_id):
        what = "the entity" if name == entity_id else f"the record: {', '.join(RECORD_FIELDS)}"
        expected = f"a name that no other field of a record has instead of {name}"
        yield found.error(("feature_name",), expected, f"it is a field of {what}")
