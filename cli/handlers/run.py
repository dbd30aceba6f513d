"""Implements `headrace run`: the dataflow as a child, with demo traffic, pages and reports, a panel, a clean end."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

from cli.dashboard import Hints, waiting
from cli.redis_client import kept_redis
from cli.shutdown import StopSignal, stop_on_signals
from cli.supervision import (
    DataflowCommand,
    RunEvents,
    Service,
    Sidecars,
    SupervisedRun,
    free_port,
    hold_folder,
    is_free,
)
from cli.terminal import err, now_ms
from cli.topics import DemoFeeder, create_needed, expect_broker, open_publisher, to_sources
from cli.topics.demo_past import fill_past, is_fresh
from connectors.demo import Faults, Generator, PriceFault, Shop, Traffic, busiest
from dataflows.definitions import Definitions, load
from dataflows.runtime.settings import Settings, variable
from dataflows.runtime.settings_loader import load_settings
from governance.publishing.exports.openlineage import deployment_of, receiver_of, run_event
from reports import moments

DAY_MS = 86_400_000
PAST_DAYS, PAST_EVENTS = 98, 360_000  # fills all windows: the longest is 90 days, its tail moves by the day
SESSIONS_PER_RATE, MOST_SESSIONS = 16, 2_000  # for visits of one and a half minutes
NO_FAULTS = Faults(late=0.0, duplicate=0.0, future=0.0, cut=0.0, wrong_type=0.0, no_time=0.0)
QUICK = {"quality_interval": 30, "reports_share": 0.5}


def run(
    traffic: bool | None, rate: float, seed: int, port: int, pages: bool, plain: bool, seconds: float | None
) -> None:
    """Runs the feature store: reads events, writes features to Redis, and shows live progress."""
    settings = load_settings()
    definitions = load(settings.specs)
    expect_broker(settings)
    create_needed(settings, definitions)
    wanted = settings.pulsar_url is None if traffic is None else traffic
    quick = quick_quality(settings, wanted)
    with stop_on_signals(hurrying=True) as stop, hold_folder(settings.var) as lock, kept_redis(settings) as store:
        shop = to_sources(demo_shop(rate, seed), definitions)
        generator = Generator(shop)
        if wanted and settings.pulsar_url is None:
            make_past(settings, generator, plain)
        feeder = _feeder(settings, generator, stop) if wanted else None
        page_port = open_port(port) if pages else None
        companions = Sidecars(services(settings, page_port, quick))
        hints = Hints(settings, definitions, store, page_of(page_port) if page_port else None)
        command = DataflowCommand(settings.var, settings=quick)
        supervised = SupervisedRun(command, feeder, companions, stop, hints, plain)
        with run_events(settings, definitions) as events:
            if not supervised.supervise(seconds, lock) and events:
                events.abort()


@contextmanager
def run_events(settings: Settings, definitions: Definitions) -> Iterator[RunEvents | None]:
    """Reports the run inside the block to the lineage receiver, if one is set."""
    receiver = receiver_of(settings)
    if receiver is None:
        yield None
        return
    run, deployment = uuid4(), deployment_of(settings)
    events = RunEvents(
        receiver,
        lambda state, error: run_event(state, run, definitions, deployment, now_ms(), error),
        lambda text: err.print(text, soft_wrap=True),
    )
    with events.reporting():
        yield events


def demo_shop(rate: float, seed: int) -> Traffic:
    """Returns the shop of a demo, in which prices go wrong once, a while after its start."""
    sessions = int(min(max(SESSIONS_PER_RATE * rate, 100), MOST_SESSIONS))
    wrong = PriceFault(country=busiest(now_ms()))
    return Traffic(rate=rate, seed=seed, shop=Shop(open_sessions=sessions), incident=wrong)


def make_past(settings: Settings, generator: Generator, plain: bool) -> None:
    """Generates months of the shop once; the dataflow catches up over them, so that all windows are full from the
    start.

    Visitors at their end stay in the shop: live events come from people who have signed in.
    """
    root, shop = settings.var / "topics", generator.traffic
    if not is_fresh(root, shop):
        return
    past = replace(shop, history_ms=PAST_DAYS * DAY_MS, history_events=PAST_EVENTS, at_rate=True, faults=NO_FAULTS)
    begun = time.monotonic()
    generator.go_on_as(past)
    with waiting(f"generating {PAST_DAYS} days of the shop's history", plain):
        events = fill_past(root, generator, now_ms())
    generator.go_on_as(shop)
    seconds = moments.seconds(time.monotonic() - begun)
    err.print(f"generated {events:,} events of the shop's last {PAST_DAYS} days in {seconds}")


def quick_quality(settings: Settings, demo: bool) -> dict[str, str]:
    """Returns settings of a demo that show quality in its first minute, unless the interval is set."""
    explicit = settings.model_fields_set
    if not demo or "quality_interval" in explicit:
        return {}
    return {variable(name): str(value) for name, value in QUICK.items() if name not in explicit}


def services(settings: Settings, page_port: int | None, quick: Mapping[str, str]) -> Iterator[Service]:
    """Yields the services beside the dataflow: reports and alerts with quality, pages if requested."""
    if settings.quality:
        yield Service("render", ["render"], settings.var / "render.log", quick)
    if page_port:
        yield Service("serve", ["serve", "--port", str(page_port)], settings.var / "serve.log", quick)


def open_port(wanted: int) -> int:
    """Chooses the port of the pages; if it is in use, takes another one and prints it."""
    if wanted and is_free(wanted):
        return wanted
    port = free_port()
    if wanted:
        err.print(f"port {wanted} is in use; the pages are at {page_of(port)}")
    return port


def page_of(port: int) -> str:
    """Returns the address of the pages for a browser."""
    return f"http://localhost:{port}"


def _feeder(settings: Settings, generator: Generator, stop: StopSignal) -> DemoFeeder:
    """Returns a feeder that waits for a broker as long as the run does."""
    messages = generator.live(now_ms, stop.sleep, stop.is_set)
    return DemoFeeder(lambda: open_publisher(settings, stop.is_set), messages)
