"""Tests the files under monitoring/: rules in promtool, every expression in a real Prometheus."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from dataflows import metrics
from dataflows.quality import report_metrics
from tests.support.services.grafana_schema import panels
from tests.support.services.prometheus import (
    MONITORING,
    Prometheus,
    running_dataflow,
    running_prometheus,
    told_metrics,
    until,
)

RULES = MONITORING / "prometheus" / "rules.yml"
VARIABLES = {"$job": "headrace", "$feature": ".*", "$__rate_interval": "10s", "$__range": "1h"}
OF_THE_DATAFLOW = (
    "headrace_events_total",
    "headrace_rows_total",
    "headrace_dead_letters_total",
    "headrace_written_rows_total",
    "headrace_freshness_seconds_bucket",
    "headrace_features",
    "headrace_entities",
    "headrace_state_bytes",
    "headrace_quality_profiled_rows_total",
    "headrace_null_ratio",
    "headrace_alerts_firing",
    "headrace_source_alerts_firing",
)
FILTERS = "Firing"  # the panel that shows only firing alerts; its expression is a filter
METRIC = re.compile(r"(?:headrace|bytewax|process)_[a-z_]+|[a-z_]+:[a-z_]+:[a-z0-9_]+")

needs_prometheus = pytest.mark.skipif(shutil.which("prometheus") is None, reason="needs prometheus")

METRICS = [*vars(metrics).values(), *vars(report_metrics).values()]


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def expressions() -> list[tuple[str, str]]:
    """Returns (where, expression) of every panel and rule, with the dashboard's variables filled in."""
    panel_expressions = [(panel["title"], target["expr"]) for panel in panels() for target in panel["targets"]]
    for name, value in VARIABLES.items():
        panel_expressions = [(title, expression.replace(name, value)) for title, expression in panel_expressions]
    return panel_expressions + [(rule.get("record") or rule["alert"], rule["expr"]) for rule in rules()]


@needs_prometheus
@pytest.mark.parametrize(
    "check",
    [["check", "config", "prometheus.yml"], ["check", "rules", "rules.yml"], ["test", "rules", "rules_test.yml"]],
    ids=" ".join,
)
def test_promtool_approves(check: list[str]) -> None:
    done = subprocess.run(["promtool", *check], cwd=RULES.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_unit_test_and_words() -> None:
    alerts = {rule["alert"]: rule for rule in rules() if "alert" in rule}
    tested = yaml.safe_load((MONITORING / "prometheus" / "rules_test.yml").read_text())["tests"]
    fired = {case["alertname"] for test in tested for case in test["alert_rule_test"] if case["exp_alerts"]}
    quiet = {case["alertname"] for test in tested for case in test["alert_rule_test"] if not case["exp_alerts"]}
    assert fired == quiet == alerts.keys()
    assert all({"summary", "description"} == rule["annotations"].keys() for rule in alerts.values())


def test_every_alert_has_a_first_step_in_the_docs() -> None:
    documented = re.findall(r"^\| `(Headrace\w+)` \| \w", Path("docs/operating.md").read_text(), re.MULTILINE)
    assert documented == [rule["alert"] for rule in rules() if "alert" in rule]


def test_metrics_that_are_named_are_those_of_the_project() -> None:
    known = {sample for metric in METRICS if isinstance(metric, MetricWrapperBase) for sample in samples(metric)}
    named = {name for _, expression in expressions() for name in metrics_of(expression)}
    assert {name for name in named if name.startswith("headrace_")} - known == set()


def samples(metric: MetricWrapperBase) -> set[str]:
    """Returns the names under which a metric is scraped."""
    endings = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
    (family,) = metric.describe()
    return {family.name + ending for ending in endings.get(family.type, [""])}


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Scrapes a dataflow that has read for a while, and metrics of this process."""
    folder = tmp_path_factory.mktemp("monitored")
    ports = running_dataflow(folder / "var"), told_metrics()
    with ports[0] as flow, ports[1] as own_port, running_prometheus(folder, [flow, own_port]) as prometheus:
        until(lambda: prometheus.query("job:headrace_checkpoint_seconds:mean5m"))
        for name in OF_THE_DATAFLOW:
            until(partial(prometheus.query, f'{name}{{instance="127.0.0.1:{flow}"}}'))
        until(lambda: prometheus.query('ALERTS{alertstate="firing"}'))
        until(lambda: prometheus.query("count_over_time(job:headrace_freshness_seconds:p99_5m[1m]) >= 5"))
        yield prometheus


@needs_prometheus
def test_the_dataflow_is_scraped_and_all_rules_are_evaluated(prometheus: Prometheus) -> None:
    def targets() -> list[tuple[str, str]]:
        return [(sample["metric"]["job"], sample["value"][1]) for sample in prometheus.query("up")]

    until(lambda: targets() == [("headrace", "1")] * 2)  # one that is busy misses a scrape of a second
    loaded = [rule for group in prometheus.get("rules")["groups"] for rule in group["rules"]]
    assert [(rule["name"], rule["lastError"]) for rule in loaded if rule["health"] == "err"] == []
    assert len(loaded) == len(rules())


@needs_prometheus
@pytest.mark.parametrize(("where", "expression"), expressions(), ids=[where for where, _ in expressions()])
def test_every_expression_says_something(prometheus: Prometheus, where: str, expression: str) -> None:
    """Filters may return nothing, but must be valid expressions."""
    silent = where in {FILTERS, *(rule.get("alert") for rule in rules())}
    until(lambda: prometheus.query(expression) or silent)


@needs_prometheus
def test_metrics_of_the_engine_are_there(prometheus: Prometheus) -> None:
    named = {name for _, expression in expressions() for name in metrics_of(expression)}
    until(lambda: {name for name in named if not name.startswith("headrace_")} <= prometheus.names())


def metrics_of(expression: str) -> set[str]:
    """Returns the scraped metrics that an expression needs, including those behind recorded ones."""
    recorded = {rule["record"]: rule["expr"] for rule in rules() if "record" in rule}
    named = set(METRIC.findall(expression))
    behind = [metrics_of(recorded[name]) for name in named & recorded.keys()]
    return (named - recorded.keys()).union(*behind)
