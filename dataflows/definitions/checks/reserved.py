"""Names that mean something in a row already: in the record of a feature topic, in Redis, beside a value."""

from dataflows.definitions.checks.file_errors import FileErrors
from dataflows.definitions.model.feature import FeatureSpec

RECORD_FIELDS = ("as_of", "gone", "quarantined", "seq", "warming")
"""Fields of every record besides the entity's id and the features."""


def check_name(spec: FeatureSpec, errors: FileErrors) -> None:
    """Reports a feature name that is the name of another field of a record."""
    name, entity_id = spec.feature_name, spec.entity_id
    if name in (*RECORD_FIELDS, entity_id):
        owner = "the entity" if name == entity_id else f"the record: {', '.join(RECORD_FIELDS)}"
        expected = f"a name that no other field of a record has instead of {name}"
        errors.add(("feature_name",), expected, f"it is a field of {owner}")
