"""Tests that the dashboard fits Grafana's schema, and that its provisioning matches its datasource and mount."""

import copy
import json
import re
from collections.abc import Iterator
from importlib.metadata import version
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.runtime import panelcfg_config
from grafana_foundation_sdk.models import units

from tests.support.generators.seeds import some
from tests.support.services.grafana_schema import DASHBOARD, GRAFANA, Where, added, leaves, lost, panels, unfit

PROMETHEUS = {"type": "prometheus", "uid": "${datasource}"}
COMPOSE = yaml.safe_load(Path("compose.yaml").read_text())["services"]
LEFT_OUT = {"repeatDirection", "transparent", "custom", "fiscalYearStartMonth"} | {
    *("auto", "auto_count", "auto_min", "includeAll", "multi", "skipUrlSync"),  # for variables of other types
    *("asDropdown", "icon", "includeVars", "keepTime", "tags", "tooltip", "type"),  # for links to dashboards
}
FREE = {  # the schema accepts anything here
    ("templating", "list", "query"): {"query", "refId", "qryType"},
    ("panels", "transformations", "options"): {"excludeByName", "indexByName"},
    ("panels", "fieldConfig", "overrides", "properties", "value"): {"title", "url", "targetBlank"},
}


def keys(value: Any, where: Where = ()) -> Iterator[Where]:
    """Yields the path of every key."""
    if isinstance(value, dict):
        yield from ((*where, key) for key in value)
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from keys(item, (*where, key))


def names(where: Where) -> tuple[str, ...]:
    return tuple(key for key in where if isinstance(key, str))


def kinds_of_keys() -> dict[str, Where]:
    """Returns one path for each key, by the type of panel."""
    texts = {}
    for where in keys(DASHBOARD):
        panel = DASHBOARD["panels"][where[1]]["type"] if where[0] == "panels" and len(where) > 1 else ""
        if not any(names(where)[: len(free)] == free and names(where) != free for free in FREE):
            texts[" ".join([panel, *names(where)])] = where
    return texts


def changed(where: Where, name: str | None = None, value: Any = None) -> dict[str, Any]:
    """Returns the dashboard with another key at that path, or another value."""
    dashboard: dict[str, Any] = copy.deepcopy(DASHBOARD)
    holder: Any = dashboard
    for key in where[:-1]:
        holder = holder[key]
    if name is None:
        holder[where[-1]] = value
    else:
        holder[name] = holder.pop(where[-1])
    return dashboard


def test_the_schema_is_that_of_the_grafana_that_is_shipped() -> None:
    _, _, image = COMPOSE["grafana"]["image"].partition(":")
    schema = version("grafana-foundation-sdk").split("!")[1]
    assert image.split(".")[:2] == schema.split(".")[:2]


def test_the_schema_knows_every_key_and_value() -> None:
    assert lost(DASHBOARD) == set()
    assert unfit(DASHBOARD) == []


def test_what_the_schema_requires_is_said() -> None:
    """The schema's defaults differ from Grafana's: without an explicit request, the schema shows no legend."""
    assert {where[-1] for where in added(DASHBOARD)} <= LEFT_OUT


def test_a_misspelt_key_is_found_wherever_it_is() -> None:
    kinds = kinds_of_keys()
    assert len(kinds) > 200
    for kind, where in some(list(kinds.items())):
        try:
            assert lost(changed(where, f"{where[-1]}s")), kind
        except KeyError as error:  # a panel without its type is not read at all
            assert (names(where)[-1], error.args) == ("type", ("type",))


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("refresh",), 10),
        (("editable",), "true"),
        (("panels", 1, "gridPos", "h"), "4"),
        (("panels", 1, "options", "graphMode"), "areas"),
        (("panels", 1, "options", "wideLayout"), 1),
        (("panels", 1, "options", "reduceOptions", "calcs"), "lastNotNull"),
        (("panels", 1, "fieldConfig", "defaults", "thresholds", "steps", 1, "value"), "1"),
        (("panels", 1, "targets", 0, "expr"), None),
        (("templating", "list", 1, "type"), "queries"),
        (("templating", "list", 1, "refresh"), 9),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else repr(value),
)
def test_a_wrong_value_is_found(where: Where, value: Any) -> None:
    assert unfit(changed(where, value=value)) != []


def test_where_the_schema_takes_anything_stands_what_grafana_reads() -> None:
    for free, known in FREE.items():
        below = {
            names(where)[len(free)] for where in keys(DASHBOARD) if names(where)[: len(free)] == free != names(where)
        }
        assert below == known, free
    assert {transformation["id"] for panel in panels() for transformation in panel.get("transformations", ())} == {
        "organize"
    }


def test_panels_are_of_types_that_grafana_has() -> None:
    """For other types, and for unknown datasources, the SDK reads anything."""
    assert [panel["type"] for panel in panels() if panelcfg_config(panel["type"]) is None] == []
    asked = [*panels(), *(target for panel in panels() for target in panel["targets"])]
    assert [asked_of for asked_of in asked if asked_of["datasource"] != PROMETHEUS] == []


def test_units_are_those_of_grafana() -> None:
    used = {value for where, value in leaves(DASHBOARD).items() if where[-1] == "unit"}
    assert used - {value for value in vars(units).values() if isinstance(value, str)} == set()


def test_thresholds_begin_without_a_value_and_grow() -> None:
    for panel in panels():
        steps = panel["fieldConfig"]["defaults"].get("thresholds", {"steps": [{"value": None}]})["steps"]
        assert steps[0]["value"] is None, panel["title"]
        assert all(step["value"] < other["value"] for step, other in pairwise(steps[1:])), panel["title"]


def test_panels_are_numbered_placed_and_asked() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    for one, other in combinations(DASHBOARD["panels"], 2):
        assert not overlap(one["gridPos"], other["gridPos"]), (one["title"], other["title"])
    for panel in panels():
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        assert panel["targets"] and all(target["expr"].strip() for target in panel["targets"]), panel["title"]
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
        assert panel["title"] and panel["description"]


def overlap(panel: dict[str, int], other: dict[str, int]) -> bool:
    apart = panel["x"] + panel["w"] <= other["x"] or other["x"] + other["w"] <= panel["x"]
    return not (apart or panel["y"] + panel["h"] <= other["y"] or other["y"] + other["h"] <= panel["y"])


def test_rows_answer_in_the_order_of_an_operators_questions() -> None:
    rows = [panel for panel in DASHBOARD["panels"] if panel["type"] == "row"]
    assert [row["title"] for row in rows] == ["Health", "Pipeline", "Freshness", "Dead letters", "Quality", "State"]
    tops = [row["gridPos"]["y"] for row in rows]
    assert tops == sorted(tops)


def test_variables_are_there_and_used() -> None:
    variables = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD)))
    assert used - {"__all", "__rate_interval", "__range", "__field", "__value"} == variables.keys()
    address = variables["pages"]["query"]
    assert address.removeprefix("http://localhost:") in [port.split(":")[-1] for port in COMPOSE["serve"]["ports"]]


def provisioned(kind: str) -> Any:
    (file,) = (GRAFANA / "provisioning" / kind).iterdir()
    read = yaml.safe_load(file.read_text())
    assert read.pop("apiVersion") == 1
    (listed,) = read.values()
    (only,) = listed
    return only


def test_the_datasource_is_the_one_that_is_chosen_first() -> None:
    source = provisioned("datasources")
    assert source.keys() == {"name", "uid", "type", "access", "url", "isDefault", "jsonData"}
    assert source["jsonData"].keys() == {"timeInterval"}
    assert source["url"].split("//")[1].split(":")[0] in COMPOSE
    chosen = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}["datasource"]
    assert (chosen["type"], chosen["query"]) == ("datasource", source["type"])
    assert chosen["current"] == {"text": source["name"], "value": source["uid"]}


def test_the_dashboard_is_mounted_where_it_is_looked_for() -> None:
    provider = provisioned("dashboards")
    assert provider.keys() == {"name", "type", "allowUiUpdates", "options"}
    mounts = {source: target for source, target, *_ in (volume.split(":") for volume in COMPOSE["grafana"]["volumes"])}
    assert all(Path(source).exists() for source in mounts if source.startswith("./"))
    assert mounts["./monitoring/grafana/provisioning"] == "/etc/grafana/provisioning"
    dashboard = mounts["./monitoring/grafana/headrace.json"]
    assert provider["options"] == {"path": str(Path(dashboard).parent)}
    assert COMPOSE["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] == dashboard
    assert DASHBOARD["uid"] == "headrace"
