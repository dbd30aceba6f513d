"""Implements `headrace get`: prints the features of one entity as a model would read them."""

import difflib
import json

import typer
from rich.table import Table
from rich.text import Text

from cli.error_reporting import InvalidArgument
from cli.redis_client import open_redis
from cli.terminal import cell, err, now_ms, out
from dataflows.definitions import Definitions, Feature, entity_type_of, load
from dataflows.readable import one_line
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from reports.formats import stored
from reports.moments import instant, lasting
from serving.features.answers import answer_of
from serving.features.entity_features import EntityFeatures, UnreadableEntity
from serving.features.feature_reader import FeatureReader
from serving.features.remarks import remarks_on
from serving.features.selection import FeatureSelector
from serving.quality.pipeline import Pipeline, read_pipeline

LONGEST = 500  # characters of a value in the table


def get(entity: str, id: str, set_name: str | None, as_json: bool) -> None:
    """Prints the features of one entity as they are served from Redis, with as_of and age."""
    settings = load_settings()
    definitions = load(settings.specs)
    entity_id = _entity_id(entity, definitions)
    features = FeatureSelector(definitions).of(entity_type_of(entity_id), set_name=set_name)
    served, pipeline = _read(settings, entity_id, id, set_name, definitions)
    if pipeline.standing:
        err.print(pipeline.standing, style="yellow", markup=False, soft_wrap=True)
    if served is None:
        name = f"{entity_type_of(entity_id)} {_cut(repr(id))}"
        never = "; no dataflow has run on this Redis yet: start `headrace run`" if pipeline.alive is None else ""
        err.print(f"no features of {name}: none of its events is inside a window{never}", soft_wrap=True)
        raise typer.Exit(1)
    if as_json:
        answer = {"entity": entity_type_of(entity), **answer_of(id, served, now_ms()), "pipeline": pipeline.as_dict()}
        typer.echo(json.dumps(answer))
    else:
        _show(served, features)


def _show(served: EntityFeatures, features: tuple[Feature, ...]) -> None:
    since = f"   as of {instant(served.as_of_ms)}, {_ago(now_ms() - served.as_of_ms)}"
    out.print(cell(_cut(served.key), "bold").append(since, "not bold"), soft_wrap=True)
    out.print(_table(served, features))
    for name in served.deprecated.keys() - served.values.keys():
        out.print(f"feature set {name}: {served.deprecated[name].words_at(now_ms())}", style="yellow", soft_wrap=True)


def _entity_id(entity: str, definitions: Definitions) -> str:
    known = definitions.entity_types
    if (name := entity_type_of(entity)) in known:
        return known[name]
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]}?" if close else f"Known entity types: {', '.join(known) or 'none'}."
    raise InvalidArgument(f"unknown entity type {entity!r}. {hint}")


def _read(
    settings: Settings, entity_id: str, id: str, set_name: str | None, definitions: Definitions
) -> tuple[EntityFeatures | None, Pipeline]:
    kind, prefix = entity_type_of(entity_id), settings.redis_prefix
    with open_redis(settings) as redis:
        try:
            served = FeatureReader(redis, definitions, prefix).read_entity(kind, id, set_name)
        except UnreadableEntity as error:
            raise InvalidArgument(str(error)) from error
        return served, read_pipeline(redis, prefix, [kind], settings.alert_standstill)


def _table(served: EntityFeatures, features: tuple[Feature, ...]) -> Table:
    table, now = Table(box=None, padding=(0, 3, 0, 0)), now_ms()
    table.add_column("feature", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("type", style="dim")
    table.add_column("", style="yellow")
    for feature in features:
        table.add_row(
            feature.feature_name,
            Text(_cut(one_line(stored(served.values[feature.feature_name], feature.value_type)))),
            feature.value_type,
            _remark(feature.feature_name, served, now),
        )
    return table


def _cut(text: str) -> str:
    """Returns a text that fits a table, or its beginning and its length."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}… ({len(text):,} characters; --json has them all)"


def _remark(name: str, served: EntityFeatures, now: int) -> str:
    return ". ".join(remarks_on(name, served, now, quarantined="quarantined", warming="warming up"))


def _ago(age_ms: int) -> str:
    return f"{lasting(max(age_ms, 0))} ago"
