"""`headrace run`: the dataflow as a child, demo traffic beside it, a picture of both, and a clean end."""

from typing import Annotated

import typer

from cli.child import Plan
from cli.feeding import Feeder, to_sources
from cli.hints import Hints
from cli.lock import held
from cli.stopping import Stop, stop_on_signals
from cli.stores import kept_redis
from cli.supervision import Run
from cli.terminal import now_ms
from cli.topics import expect_broker, open_publisher
from connectors.traffic import Traffic, stream
from dataflows.settings import Settings, load_settings
from dataflows.spec import load


def run(
    traffic: Annotated[
        bool | None,
        typer.Option("--traffic/--no-traffic", help="Demo events; on by default on embedded topics only."),
    ] = None,
    rate: Annotated[float, typer.Option(min=0.0, help="Demo events a second.")] = 500.0,
    seed: Annotated[int, typer.Option(help="Seed of the demo shop.")] = 1,
    plain: Annotated[bool, typer.Option("--plain", help="Lines instead of the panel.")] = False,
    seconds: Annotated[float | None, typer.Option(min=0.0, help="Stop after so long.")] = None,
) -> None:
    """Run the feature store: events in, features to Redis, with a live picture of what goes on.

    Without settings it is complete by itself: embedded topics and a real Redis server under HEADRACE_VAR, and
    made-up orders and logins. HEADRACE_PULSAR_URL and HEADRACE_REDIS_URL put it on Pulsar and Redis. State is
    kept in HEADRACE_VAR/recovery: the next run continues where this one stopped. The dataflow's own log is
    HEADRACE_VAR/headrace.log.

    Ctrl-C or SIGTERM drains and stops. A second one does not wait for the drain: nothing is lost, the next
    run reads a little again.

    Examples:

      headrace run

      headrace run --rate 5000 --seed 7

      headrace run --no-traffic --plain | tee run.txt

    Exit code: 0 stopped; 1 a definition is wrong, or the dataflow died; 2 a setting is wrong; 3 the broker or
    Redis is not reachable.
    """
    settings = load_settings()
    definitions = load(settings.specs)
    expect_broker(settings)
    types = [entity_id.removesuffix("_id") for entity_id in definitions.entity_ids]
    wanted = settings.pulsar_url is None if traffic is None else traffic
    with stop_on_signals() as stop, held(settings.var) as lock, kept_redis(settings) as store:
        feeder = _feeder(settings, to_sources(Traffic(rate=rate, seed=seed), definitions), stop) if wanted else None
        Run(Plan(settings.var), feeder, stop, Hints(settings, types, store), plain).supervise(seconds, lock)


def _feeder(settings: Settings, traffic: Traffic, stop: Stop) -> Feeder:
    """Waits for a broker as long as the run does."""
    messages = stream(traffic, now_ms, stop.sleep, stop.is_set)
    return Feeder(lambda: open_publisher(settings, stop.is_set), messages)
