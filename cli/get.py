"""`headrace get`: the features of one entity, as a model would read them."""

import difflib
import json

import typer
from rich.markup import escape
from rich.table import Table

from cli.mistakes import Mistake
from cli.panel import duration
from cli.stores import open_redis
from cli.terminal import err, now_ms, out
from dataflows.settings import Settings
from dataflows.settings_reading import load_settings
from dataflows.spec import Definitions, Feature, load
from serving.online import SUFFIX, FeatureClient, Served
from serving.values import instant, shown


def get(entity: str, id: str, as_json: bool) -> None:
    """Print the features of one entity as they are served from Redis, with as_of and age."""
    settings = load_settings()
    definitions = load(settings.specs)
    entity_id = _entity_id(entity, definitions)
    served = _read(settings, entity_id, id, definitions)
    if served is None:
        err.print(f"no features of {entity_id.removesuffix(SUFFIX)} {id!r}: no event of it is inside any window")
        raise typer.Exit(1)
    if as_json:
        typer.echo(json.dumps(_as_dict(entity, id, served)))
    else:
        out.print(
            f"[bold]{escape(served.key)}[/]   as of {instant(served.as_of_ms)}, {_ago(now_ms() - served.as_of_ms)}"
        )
        out.print(_table(served, definitions.of_entity(entity_id)))


def _entity_id(entity: str, definitions: Definitions) -> str:
    known = {name.removesuffix(SUFFIX): name for name in definitions.entity_ids}
    if (name := entity.removesuffix(SUFFIX)) in known:
        return known[name]
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(known) or 'none'}."
    raise Mistake(f"the definitions have no entity type {entity!r}. {hint}")


def _read(settings: Settings, entity_id: str, id: str, definitions: Definitions) -> Served | None:
    with open_redis(settings) as redis:
        return FeatureClient(redis, definitions, settings.redis_prefix).one(entity_id.removesuffix(SUFFIX), id)


def _as_dict(entity: str, id: str, served: Served) -> dict[str, object]:
    return {
        "entity": entity.removesuffix(SUFFIX),
        "id": id,
        "as_of": served.as_of_ms,
        "age_ms": now_ms() - served.as_of_ms,
        "features": served.values,
        "warming": sorted(served.warming),
        "quarantined": sorted(served.quarantined),
    }


def _table(served: Served, features: tuple[Feature, ...]) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0))
    table.add_column("feature", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("type", style="dim")
    table.add_column("", style="yellow")
    for each in features:
        table.add_row(
            each.feature_name,
            shown(served.values[each.feature_name], each.value_type),
            each.value_type,
            _remark(each.feature_name, served),
        )
    return table


def _remark(name: str, served: Served) -> str:
    if name in served.quarantined:
        return "quarantined"
    return "warming up" if name in served.warming else ""


def _ago(age_ms: int) -> str:
    return f"{duration(max(age_ms, 0) / 1000)} ago"
