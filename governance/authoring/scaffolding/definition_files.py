"""Creates new definitions: files that are valid as written, for their author to review."""

from pathlib import Path

import msgspec

from dataflows.definitions import Definitions
from governance.authoring.scaffolding import feature_shape, source_shape
from governance.authoring.scaffolding.new_files import checked_name, write_valid
from governance.authoring.scaffolding.sample import SampledEvents
from governance.authoring.scaffolding.templating import rendered

TOPICS = "persistent://public/default"


class NewFeatureOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of a new feature; None lets Headrace choose."""

    name: str
    owner: str
    source: str | None = None
    entity: str | None = None
    aggregation: str = "count"
    value: str | None = None
    window: str = "1h"


class NewSourceOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of a new source; None or empty lets Headrace choose. An entity is a column or KEY=COLUMN."""

    name: str
    topic: str | None = None
    time: str | None = None
    entities: tuple[str, ...] = ()


def new_feature(specs: Path, definitions: Definitions, asked: NewFeatureOptions) -> list[Path]:
    """Writes a feature over a source of `definitions`; returns its path.

    Raises AlreadyThere, UnclearDefinition, NothingWritten.
    """
    source = feature_shape.chosen_source(definitions, asked.source)
    entity_id = feature_shape.chosen_entity(source, asked.entity)
    aggregation = feature_shape.checked_aggregation(asked.aggregation)
    value = asked.value or feature_shape.folded_column(source, aggregation)
    folder = f"{entity_id.removesuffix('_id')}_profile"
    text = rendered(
        "feature.yaml.template",
        asked=asked,
        entity_id=entity_id,
        topic=f"{TOPICS}/feature-{folder}",
        source=source.name,
        value=value,
        value_type=feature_shape.value_type(source, aggregation, value),
        options=feature_shape.options(aggregation),
    )
    return write_valid(specs, {specs / folder / f"{checked_name(asked.name)}.yaml": text})


def new_source(specs: Path, asked: NewSourceOptions, sample: SampledEvents) -> list[Path]:
    """Writes a source with the columns of a sample; returns its path.

    Raises AlreadyThere, UnclearDefinition, NothingWritten.
    """
    time, unit = source_shape.chosen_time(sample, asked.time)
    text = rendered(
        "source.yaml.template",
        name=asked.name,
        topic=asked.topic or f"{TOPICS}/raw-{asked.name}",
        sample=sample,
        time=time,
        unit=unit,
        entities=source_shape.chosen_entities(sample, asked.entities),
    )
    return write_valid(specs, {specs / "sources" / f"{checked_name(asked.name)}.yaml": text})


def new_set(specs: Path, name: str, owner: str, features: list[str]) -> list[Path]:
    """Writes a feature set; returns its path. Raises AlreadyThere, UnclearDefinition, NothingWritten."""
    text = rendered("set.yaml.template", name=name, owner=owner, features=features)
    return write_valid(specs, {specs / "sets" / f"{checked_name(name)}.yaml": text})
