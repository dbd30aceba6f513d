"""How `headrace run` is called."""

from typing import Annotated

import typer


def run(
    traffic: Annotated[
        bool | None,
        typer.Option("--traffic/--no-traffic", help="Demo events; on by default on embedded topics only."),
    ] = None,
    rate: Annotated[float, typer.Option(min=0.0, help="Demo events a second.")] = 500.0,
    seed: Annotated[int, typer.Option(help="Seed of the demo shop.")] = 1,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of the pages; 0 takes a free one.")] = 8080,
    pages: Annotated[bool, typer.Option("--pages/--no-pages", help="Pages in the browser.")] = True,
    plain: Annotated[bool, typer.Option("--plain", help="Lines instead of the panel.")] = False,
    seconds: Annotated[float | None, typer.Option(min=0.0, help="Stop after so long.")] = None,
) -> None:
    """Run the feature store: events in, features to Redis, with a live picture of what goes on.

    Without settings it is complete by itself: embedded topics and a real Redis server under HEADRACE_VAR, and
    made-up orders and logins. HEADRACE_PULSAR_URL and HEADRACE_REDIS_URL put it on Pulsar and Redis. State is
    kept in HEADRACE_VAR/recovery: the next run continues where this one stopped. The dataflow's own log is
    HEADRACE_VAR/headrace.log.

    Beside the dataflow run `headrace serve`, its pages, and `headrace render`, its reports and alerts, with logs
    serve.log and render.log; they are started again when they die and never end the run. On demo traffic a
    quality interval is 30 s, unless HEADRACE_QUALITY_INTERVAL says otherwise.

    Ctrl-C or SIGTERM drains and stops. A second one does not wait for the drain: nothing is lost, the next
    run reads a little again.

    Examples:

      headrace run

      headrace run --rate 5000 --seed 7

      headrace run --no-traffic --plain | tee run.txt

    Exit code: 0 stopped; 1 a definition is wrong, or the dataflow died; 2 a setting is wrong; 3 the broker or
    Redis is not reachable, or refuses; 4 the saved state cannot be used; 5 a folder cannot be written.
    """
    from cli.handlers import run as command

    command.run(traffic, rate, seed, port, pages, plain, seconds)
