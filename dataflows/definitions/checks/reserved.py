"""Reserves names that already have a meaning: in feature topic records, in Redis, beside a value, as a definition."""

from collections.abc import Iterator

from dataflows.definitions.checks.catalog import SpecCatalog
from dataflows.definitions.checks.file_errors import FileErrors
from dataflows.definitions.model.feature import FeatureSpec
from dataflows.definitions.model.version_names import record_field

RECORD_FIELDS = ("as_of", "gone", "quarantined", "seq", "warming")
"""Fields of every record besides the entity's id and the features."""


def check_name(spec: FeatureSpec, catalog: SpecCatalog, errors: FileErrors) -> None:
    """Reports a feature name that is also another field of a record."""
    name, entity_id = record_field(spec.name), spec.entity_id
    if spec.candidate and name in catalog.features:
        expected = f"a name whose field in records is not {name}"
        errors.add(("feature_name",), expected, f"{name} is also a feature")
    if name in (*RECORD_FIELDS, entity_id):
        owner = "the entity" if name == entity_id else f"the record: {', '.join(RECORD_FIELDS)}"
        expected = f"a name other than {name}"
        errors.add(("feature_name",), expected, f"it is a field of {owner}")


def check_set_name(name: str, catalog: SpecCatalog, errors: FileErrors) -> None:
    """Reports a set name that already names something else that readers can ask for."""
    for what in _meanings(name, catalog):
        errors.add(("set_name",), f"a name other than {name}", f"it is {what}")


def _meanings(name: str, catalog: SpecCatalog) -> Iterator[str]:
    if name in RECORD_FIELDS:
        yield f"a field of every record: {', '.join(RECORD_FIELDS)}"
    if name in catalog.features:
        yield "a feature"
    if name in catalog.sources:
        yield "a source"
    if name in catalog.entity_ids:
        yield "the key of an entity"
