"""Tests the terminal's view of a dataflow's metrics: rates, quantiles, readiness."""

from io import StringIO

import pytest
from rich.console import Console

from cli.dashboard.metrics_scrape import MetricsScrape, parse, quantile, rates
from cli.dashboard.panel import line, panel
from cli.dashboard.view import DashboardView, RecentScrapes, view


def reading(time_s: float, orders: float, fast: float, slow: float) -> MetricsScrape:
    """Returns rows readable after up to 10 ms and 100 ms; cumulative, as Prometheus has them."""
    return parse(
        f'headrace_events_total{{source="orders"}} {orders}\n'
        f'headrace_rows_total{{entity="user"}} {orders}\n'
        'headrace_features{entity="user"} 4.0\n'
        'headrace_entities{entity="user"} 10.0\n'
        'headrace_state_bytes{entity="user"} 2500000.0\n'
        'headrace_dead_letters_total{source="orders",reason="late"} 5.0\n'
        'headrace_dead_letters_total{source="orders",reason="malformed"} 0.0\n'
        f'headrace_freshness_seconds_bucket{{le="0.01"}} {fast}\n'
        f'headrace_freshness_seconds_bucket{{le="0.1"}} {fast + slow}\n'
        f'headrace_freshness_seconds_bucket{{le="+Inf"}} {fast + slow}\n'
        "python_gc_objects_collected_total 7.0\n",
        time_s,
    )


def test_rates_are_growth_over_time() -> None:
    old, new = reading(10.0, 100, 0, 0), reading(12.0, 700, 0, 0)
    assert rates("headrace_events_total", old, new) == {"orders": 300.0}


def test_a_counter_that_restarted_counts_from_zero() -> None:
    old, new = reading(10.0, 100, 0, 0), reading(11.0, 40, 0, 0)
    assert rates("headrace_events_total", old, new) == {"orders": 40.0}


def test_quantiles_are_of_the_rows_between_two_readings() -> None:
    old, new = reading(0.0, 0, 1_000, 0), reading(1.0, 0, 1_050, 50)
    assert quantile(0.25, old, new) == pytest.approx(0.005)
    assert quantile(0.75, old, new) == pytest.approx(0.055)
    assert quantile(0.5, new, new) is None


def test_freshness_beyond_the_last_bound_is_that_bound() -> None:
    text = 'headrace_freshness_seconds_bucket{le="1.0"} 0.0\nheadrace_freshness_seconds_bucket{le="+Inf"} 9.0\n'
    assert quantile(0.5, MetricsScrape(0.0), parse(text, 1.0)) == 1.0


def test_a_dataflow_is_ready_when_it_says_what_it_has() -> None:
    assert not parse("python_info 1.0\n", 0.0).ready
    assert reading(0.0, 0, 0, 0).ready


def test_a_view_has_everything_and_rates_are_recent() -> None:
    recent = RecentScrapes(started=0.0)
    for second in range(31):
        seen = recent.add(reading(float(second), 100.0 * second if second < 10 else 1000.0, 0, 0))
    assert seen.up_s == 30.0
    assert [(source.name, source.a_second, source.total) for source in seen.sources] == [("orders", 0.0, 1000)]
    assert [(entity.name, entity.features, entity.entities) for entity in seen.entities] == [("user", 4, 10)]
    assert [(rate.source, rate.reason, rate.total) for rate in seen.dead] == [("orders", "late", 5)]


def test_the_panel_and_the_line_say_the_same() -> None:
    seen = view(reading(0.0, 0, 0, 0), reading(2.0, 600, 100, 0), 61.0)
    text = StringIO()
    Console(file=text, width=120).print(panel(seen, "here", ["stop  Ctrl-C"]))
    for word in ("orders", "300", "2.5 MB", "late", "5 ms", "1m01s", "here", "stop  Ctrl-C"):
        assert word in text.getvalue()
    for word in ("orders 300", "user 300", "p50 5 ms", "dead letters 5", "up 1m01s"):
        assert word in line(seen)


def test_the_first_moment_is_empty_but_shown() -> None:
    assert "events/s none" in line(DashboardView(up_s=0.0))
