"""Generates `definitions.py` for Feast: entities, feature views with their sources, and feature services.

Every text of a definition is written as a Python literal, so that none is executed as code.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dataflows.definitions import Definitions, Feature, FeatureSet, element_type, entity_type_of
from dataflows.rows import time_to_live
from governance.publishing.exports.feast.names import TIMESTAMP, field_names, view_names

HEADER = '"""Written by `headrace export feast`: change the definitions of Headrace, not this file.'
"""Beginning of a file that may be overwritten."""
_HEAD = f"""{HEADER}

Headrace computes the values; Feast learns their names, types and owners. Rows reach its stores by
`FeatureStore(".").push("<view>_push", rows)`, or from the Parquet file of a view: the entity's id, {TIMESTAMP}
and the features.
\"\"\"

from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, FileSource, PushSource
from feast.types import Array, Bool, Float32, Float64, Int32, Int64, String, UnixTimestamp
from feast.value_type import ValueType
"""
_TYPES = {
    "STRING": "String",
    "INT32": "Int32",
    "INT64": "Int64",
    "FLOAT": "Float32",
    "DOUBLE": "Float64",
    "BOOL": "Bool",
    "TIMESTAMP": "UnixTimestamp",
}


@dataclass(frozen=True, slots=True)
class FeastView:
    """A feature view: the features of a topic, with the names of their fields."""

    name: str
    features: tuple[Feature, ...]
    fields: Mapping[str, str]
    ttl_ms: int | None


def feast_views(definitions: Definitions) -> tuple[FeastView, ...]:
    """Returns a view per feature topic, by name; a value lives as long as its entity's row."""
    topics, keys = definitions.topics(), definitions.entity_ids
    ttl = {entity_id: time_to_live(definitions.of_entity(entity_id)) for entity_id in keys}
    return tuple(
        sorted(
            (
                FeastView(
                    name,
                    topics[topic],
                    field_names((feature.feature_name for feature in topics[topic]), keys),
                    ttl[topics[topic][0].entity_id],
                )
                for topic, name in view_names(topics).items()
            ),
            key=lambda view: view.name,
        )
    )


def definitions_file(definitions: Definitions, views: Sequence[FeastView]) -> str:
    """Returns the whole text, the same for the same definitions."""
    parts = [
        *(_entity(entity_id) for entity_id in definitions.entity_ids),
        *(_view(view) for view in views),
        *(_service(definitions.sets[name], views) for name in sorted(definitions.sets)),
    ]
    return "\n".join([_HEAD, *parts])


def _entity(entity_id: str) -> str:
    name = entity_type_of(entity_id)
    return f"entity_{name} = Entity(name={name!r}, join_keys=[{entity_id!r}], value_type=ValueType.STRING)\n"


def _sources(name: str) -> Iterator[str]:
    yield f"rows_{name} = FileSource("
    yield f"    name={f'{name}_rows'!r}, path={f'data/{name}.parquet'!r}, timestamp_field={TIMESTAMP!r}"
    yield ")"
    yield f"push_{name} = PushSource(name={f'{name}_push'!r}, batch_source=rows_{name})"


def _view(view: FeastView) -> str:
    name, first = view.name, view.features[0]
    owners = sorted({feature.owner for feature in view.features})
    return "\n".join(
        [
            *_sources(name),
            f"view_{name} = FeatureView(",
            f"    name={name!r},",
            f"    entities=[entity_{first.entity_type}],",
            f"    ttl=timedelta(milliseconds={view.ttl_ms or 0}),",
            f"    source=push_{name},",
            f"    owner={owners[0] if len(owners) == 1 else ''!r},",
            f"    tags={_dict({'topic': first.topic_name, 'owners': ', '.join(owners)})},",
            "    schema=[",
            f"        Field(name={first.entity_id!r}, dtype=String),",
            *(_field(feature, view.fields) for feature in view.features),
            "    ],",
            ")\n",
        ]
    )


def _field(feature: Feature, names: Mapping[str, str]) -> str:
    tags = {
        "owner": feature.owner,
        "version": str(feature.version),
        "fingerprint": feature.fingerprint,
        **({"tags": ", ".join(feature.tags)} if feature.tags else {}),
    }
    return "\n".join(
        [
            "        Field(",
            f"            name={names[feature.feature_name]!r},",
            f"            dtype={feast_type(feature.value_type)},",
            f"            description={feature.description!r},",
            f"            tags={_dict(tags)},",
            "        ),",
        ]
    )


def feast_type(value_type: str) -> str:
    """Returns a value type as Feast writes it.

    >>> feast_type("ARRAY<TIMESTAMP>")
    'Array(UnixTimestamp)'
    """
    element = element_type(value_type)
    return _TYPES[value_type] if element is None else f"Array({_TYPES[element]})"


def _service(feature_set: FeatureSet, views: Sequence[FeastView]) -> str:
    consumers = ", ".join(f"{consumer.name} ({consumer.owner})" for consumer in feature_set.consumers)
    tags = {"version": str(feature_set.version), **({"consumers": consumers} if consumers else {})}
    return "\n".join(
        [
            f"service_{feature_set.set_name} = FeatureService(",
            f"    name={feature_set.set_name!r},",
            "    features=[",
            *(f"        {part}," for part in _projections(feature_set, views)),
            "    ],",
            f"    description={feature_set.description!r},",
            f"    owner={feature_set.owner!r},",
            f"    tags={_dict(tags)},",
            ")\n",
        ]
    )


def _projections(feature_set: FeatureSet, views: Iterable[FeastView]) -> Iterator[str]:
    """Yields the features of a set by view, in the order of the set."""
    for view in views:
        fields = [view.fields[name] for name in feature_set.names if name in view.fields]
        if fields:
            yield f"view_{view.name}[{fields!r}]"


def _dict(tags: Mapping[str, str]) -> str:
    return repr(dict(tags))
