"""Signature and help of `headrace run`."""

from typing import Annotated

import typer


def run(
    traffic: Annotated[
        bool | None,
        typer.Option("--traffic/--no-traffic", help="Send demo events; by default only to embedded topics."),
    ] = None,
    rate: Annotated[float, typer.Option(min=0.0, help="Demo events per second.")] = 25.0,
    seed: Annotated[int, typer.Option(help="Seed of the demo events.")] = 1,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of the pages; 0 chooses a free one.")] = 8080,
    pages: Annotated[bool, typer.Option("--pages/--no-pages", help="Serve pages for the browser.")] = True,
    plain: Annotated[bool, typer.Option("--plain", help="Print lines instead of the live panel.")] = False,
    seconds: Annotated[float | None, typer.Option(min=0.0, help="Seconds after which to stop.")] = None,
) -> None:
    """Run the feature store: read events, write features to Redis, and show live progress.

    Without settings, the command brings everything it needs: embedded topics and a real Redis server under
    HEADRACE_VAR, and demo events of orders and logins. Set HEADRACE_PULSAR_URL and HEADRACE_REDIS_URL to use
    Pulsar and Redis. HEADRACE_VAR/recovery holds the state, so the next run continues where this one stopped.
    The dataflow logs to HEADRACE_VAR/headrace.log.

    Two processes run beside the dataflow: `headrace serve` for the pages and `headrace render` for reports and
    alerts. They log to serve.log and render.log. If one fails, it is restarted; it never ends the run. With demo
    events, a quality interval lasts 30 s unless HEADRACE_QUALITY_INTERVAL is set.

    The first run on embedded topics makes 14 weeks of the shop's past and reads them first, so that windows are full.
    After two and a half minutes a price feed of the shop goes wrong for three minutes: see what the pages say of it.

    Ctrl-C or SIGTERM drains and stops. A second signal stops without draining: nothing is lost, the next run
    reads a few events again.

    Examples:

      headrace run

      headrace run --rate 500 --seed 7

      headrace run --no-traffic --plain | tee run.txt

    Exit code: 0 stopped; 1 a definition is invalid, or the dataflow failed; 2 a setting is invalid; 3 the broker or
    Redis is unreachable or refuses access; 4 the saved state cannot be used; 5 a folder is not writable.
    """
    from cli.handlers import run as command

    command.run(traffic, rate, seed, port, pages, plain, seconds)
