"""Signature and help of `headrace run`."""

from typing import Annotated

import typer


def run(
    traffic: Annotated[
        bool | None,
        typer.Option("--traffic/--no-traffic", help="Send demo events. By default, only to embedded topics."),
    ] = None,
    rate: Annotated[float, typer.Option(min=0.0, help="Demo events per second.")] = 25.0,
    seed: Annotated[int, typer.Option(help="Seed of the demo events.")] = 1,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of the pages; 0 chooses a free one.")] = 8080,
    pages: Annotated[bool, typer.Option("--pages/--no-pages", help="Serve the pages.")] = True,
    plain: Annotated[bool, typer.Option("--plain", help="Print plain lines instead of the live panel.")] = False,
    seconds: Annotated[float | None, typer.Option(min=0.0, help="Stop after this many seconds.")] = None,
) -> None:
    """Run the feature store: read events, write features to Redis, and show live progress.

    By default, the command brings everything it needs: embedded topics and a real Redis server under HEADRACE_VAR, and
    demo events of orders and logins. To use Pulsar and Redis, set HEADRACE_PULSAR_URL and HEADRACE_REDIS_URL. State is
    saved in HEADRACE_VAR/recovery, so the next run continues where this one stopped. The dataflow logs to
    HEADRACE_VAR/headrace.log.

    The command also starts `headrace serve` for the pages and `headrace render` for reports and alerts. They log to
    serve.log and render.log. If one of them fails, it is restarted; the run continues. With demo events, a quality
    interval lasts 30 s unless HEADRACE_QUALITY_INTERVAL is set.

    The first run on embedded topics generates 14 weeks of the shop's history and reads it first, so that windows are
    full. After two and a half minutes, a price feed of the shop sends wrong prices for three minutes: watch the pages
    find the cause.

    Ctrl-C or SIGTERM drains and stops the run. A second signal stops it without draining: nothing is lost, and the
    next run reads a few events again.

    Examples:

      headrace run

      headrace run --rate 500 --seed 7

      headrace run --no-traffic --plain | tee run.txt

    Exit code: 0 stopped; 1 a definition is invalid, or the dataflow failed; 2 a setting is invalid; 3 the broker or
    Redis is unreachable or refuses access; 4 the saved state cannot be used; 5 a folder is not writable.
    """
    from cli.handlers import run as command

    command.run(traffic, rate, seed, port, pages, plain, seconds)
