"""New definitions: files that are valid as they are written, and are read over by their author."""

from pathlib import Path

import msgspec

from dataflows.definitions import Definitions
from governance.scaffolding import feature_shape
from governance.scaffolding.feature_shape import UnclearDefinition
from governance.scaffolding.new_files import write_new
from governance.scaffolding.sample import SampledEvents
from governance.scaffolding.templating import rendered

TOPICS = "persistent://public/default"


class AskedFeature(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a new feature; what is None is chosen."""

    name: str
    owner: str
    source: str | None = None
    entity: str | None = None
    aggregation: str = "count"
    value: str | None = None
    window: str = "1h"


def new_feature(specs: Path, definitions: Definitions, asked: AskedFeature) -> list[Path]:
    """Writes a feature over a source of `definitions`; returns its path. Raises AlreadyThere and UnclearDefinition."""
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
    return write_new({specs / folder / f"{asked.name}.yaml": text})


def new_source(specs: Path, name: str, topic: str | None, sample: SampledEvents, entities: list[str]) -> list[Path]:
    """Writes a source with the columns of a sample; returns its path. Raises AlreadyThere and UnclearDefinition."""
    if not sample.times:
        raise UnclearDefinition(
            "no column says when an event happened; "
            "expected in every event a whole number since 1970 or a text such as 2026-01-01T00:00:00Z"
        )
    time, unit = next(iter(sample.times.items()))
    text = rendered(
        "source.yaml.template",
        name=name,
        topic=topic or f"{TOPICS}/raw-{name}",
        sample=sample,
        time=time,
        unit=unit,
        entities=_entities(sample, entities),
    )
    return write_new({specs / "sources" / f"{name}.yaml": text})


def new_set(specs: Path, name: str, owner: str, features: list[str]) -> list[Path]:
    """Writes a feature set; returns its path. Raises AlreadyThere."""
    text = rendered("set.yaml.template", name=name, owner=owner, features=features)
    return write_new({specs / "sets" / f"{name}.yaml": text})


def _entities(sample: SampledEvents, asked: list[str]) -> list[str]:
    chosen = asked or list(sample.entities)
    unknown = [entity for entity in chosen if entity not in sample.columns]
    if unknown or not chosen:
        what = f"{', '.join(unknown)}: no column of the sample" if unknown else "no column of the sample ends with _id"
        raise UnclearDefinition(f"{what}; say with --entity whom events are about: {', '.join(sample.columns)}")
    return chosen
