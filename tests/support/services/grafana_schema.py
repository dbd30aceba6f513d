"""Checks the shipped dashboard against Grafana's schema with the SDK generated from it, of the shipped version."""

import json
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard, DataTransformerConfig, Panel

from tests.support.paths import ROOT

GRAFANA = ROOT / "monitoring" / "grafana"
DASHBOARD: dict[str, Any] = json.loads((GRAFANA / "headrace.json").read_text())

Where = tuple[str | int, ...]
"""The path to a place in JSON: keys and indices."""

register_default_plugins()


def panels() -> list[dict[str, Any]]:
    """Returns all panels that show data."""
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def lost(dashboard: dict[str, Any]) -> set[Where]:
    """Returns the keys that the schema does not know: the SDK ignores them, so they are missing when written again."""
    written = _written(dashboard)
    return {where for where, value in leaves(dashboard).items() if written.get(where, lost) != value}


def added(dashboard: dict[str, Any]) -> set[Where]:
    """Returns the keys that the schema adds."""
    return _written(dashboard).keys() - leaves(dashboard).keys()


def unfit(dashboard: dict[str, Any]) -> list[str]:
    """Returns values that have the wrong type for their place, or are none of its choices."""
    return [
        f"{type(model).__name__}.{name}: {getattr(model, name)!r}"
        for model in _models(_read(dashboard))
        for name, hint in get_type_hints(type(model)).items()
        if not _fits(getattr(model, name), hint)
    ]


def leaves(value: Any, where: Where = ()) -> dict[Where, Any]:
    """Returns every text, number, boolean, null and empty container."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    of_inner = {place: leaf for key, item in inner for place, leaf in leaves(item, (*where, key)).items()}
    return of_inner or {where: value}


def _read(dashboard: dict[str, Any]) -> Dashboard:
    read = Dashboard.from_json(dashboard)
    for panel in read.panels or ():
        raw: Any = vars(panel).get("transformations")  # the SDK leaves these unparsed
        if isinstance(panel, Panel) and raw:
            panel.transformations = [DataTransformerConfig.from_json(transformation) for transformation in raw]
    return read


def _written(dashboard: dict[str, Any]) -> dict[Where, Any]:
    return leaves(json.loads(JSONEncoder().encode(_read(dashboard))))


def _models(value: object) -> Iterator[object]:
    """Yields the SDK's objects in a value, itself first."""
    if hasattr(value, "to_json"):
        yield value
        value = vars(value)
    for item in _inside(value):
        yield from _models(item)


def _inside(value: object) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _fits(value: object, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Union:
        return any(_fits(value, argument) for argument in arguments)
    if origin is Literal:
        return value in arguments
    if origin in (list, dict):
        return isinstance(value, origin) and all(_fits(item, arguments[-1]) for item in _inside(value))
    return hint is Any or _is(value, hint)


def _is(value: object, kind: type) -> bool:
    if issubclass(kind, Enum):  # the SDK does not convert values it reads
        return value in {choice.value for choice in kind}
    if isinstance(value, bool):  # a bool is no number here, although Python says so
        return kind in (bool, object)
    return isinstance(value, (int, float) if kind is float else kind)
