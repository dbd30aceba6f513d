"""The shipped dashboard, held against Grafana's schema: the SDK that is generated from it, of the shipped version."""

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
"""The way to a place in JSON: keys and indices."""

register_default_plugins()


def panels() -> list[dict[str, Any]]:
    """All that show something."""
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def lost(dashboard: dict[str, Any]) -> set[Where]:
    """What the schema does not know: the SDK reads past it, so that it is gone when written again."""
    written = _written(dashboard)
    return {where for where, value in leaves(dashboard).items() if written.get(where, lost) != value}


def added(dashboard: dict[str, Any]) -> set[Where]:
    """What the schema has beside."""
    return _written(dashboard).keys() - leaves(dashboard).keys()


def unfit(dashboard: dict[str, Any]) -> list[str]:
    """Values that are not of the type, or none of the choices, of their place."""
    return [
        f"{type(model).__name__}.{name}: {getattr(model, name)!r}"
        for model in _models(_read(dashboard))
        for name, hint in get_type_hints(type(model)).items()
        if not _fits(getattr(model, name), hint)
    ]


def leaves(value: Any, where: Where = ()) -> dict[Where, Any]:
    """Every text, number, truth value, null and empty thing."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    of_inner = {place: leaf for key, item in inner for place, leaf in leaves(item, (*where, key)).items()}
    return of_inner or {where: value}


def _read(dashboard: dict[str, Any]) -> Dashboard:
    read = Dashboard.from_json(dashboard)
    for panel in read.panels or ():
        raw: Any = vars(panel).get("transformations")  # these the SDK leaves as they are
        if isinstance(panel, Panel) and raw:
            panel.transformations = [DataTransformerConfig.from_json(transformation) for transformation in raw]
    return read


def _written(dashboard: dict[str, Any]) -> dict[Where, Any]:
    return leaves(json.loads(JSONEncoder().encode(_read(dashboard))))


def _models(value: object) -> Iterator[object]:
    """The SDK's objects in one of them, itself first."""
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
    if issubclass(kind, Enum):  # the SDK leaves what it reads as it is
        return value in {choice.value for choice in kind}
    if isinstance(value, bool):  # no number, whatever Python says
        return kind in (bool, object)
    return isinstance(value, (int, float) if kind is float else kind)
