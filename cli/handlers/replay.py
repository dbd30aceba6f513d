"""`headrace replay`: the same graph over all that the topics hold, by event time, with a bar and an end."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import typer
from bytewax.dataflow import Dataflow
from bytewax.testing import run_main
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from cli.dashboard import LOADING, waiting
from cli.error_reporting import say
from cli.handlers.refusal_counts import RefusalCount, sentences
from cli.redis_client import kept_redis
from cli.terminal import err, now_ms
from cli.topics import ProgressSource, ReadPosition, expect_broker
from connectors.redis import embedded_server
from dataflows.definitions import load
from dataflows.history import bounded_flow
from dataflows.run import Ports
from dataflows.runtime.endpoints import ports_of
from dataflows.runtime.failing.engine_guard import guarded
from dataflows.runtime.failing.process_end import Ending
from dataflows.runtime.recovery import NOTHING, histories
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from dataflows.runtime.shutdown import drain_on_signals, stopping
from dataflows.runtime.tenancy import expect_same_definitions
from dataflows.runtime.topics import RunMode, topics_of
from dataflows.runtime.warmup import compile_kernels
from reports import formats

Positions = dict[tuple[str, str], ReadPosition]
LOOK_S = 0.2
RUN: Callable[[Dataflow], None] = run_main


def replay(quality: bool) -> None:
    """Run the same graph over all that the topics held when it started, into Redis, and end."""
    settings = load_settings()
    definitions = load(settings.specs)
    expect_broker(settings)
    with waiting(LOADING):
        compile_kernels()
    drain_on_signals()
    positions, refused = Positions(), RefusalCount()
    mode = RunMode(bounded=True, checkpointed=False, stopping=stopping, now=now_ms)
    with kept_redis(settings) as client:
        expect_same_definitions(client, settings.redis_prefix, definitions)
        ports = observed(ports_of(settings, mode), positions)
        since = histories(
            definitions, NOTHING, now_ms(), earliest=True, oldest_left=topics_of(settings, mode).oldest_left
        )
        begun = time.monotonic()
        flow = bounded_flow(definitions, ports, settings, now_ms, judged=quality, since=since)
        with _shown(positions, refused):
            RUN(guarded(flow, ending(settings)))
    for sentence in sentences(refused.counts(), settings.dead_letter_topic):
        say(sentence)
    _say_how_it_ended(positions, time.monotonic() - begun)


def ending(settings: Settings) -> Ending:
    """What ends a replay that fails; it leaves the terminal as it was."""

    def before() -> None:
        err.show_cursor()
        embedded_server.release_all()

    return Ending(settings.var, debug=settings.debug, before=before)


def observed(ports: Ports, positions: Positions) -> Ports:
    """The same ends, with sources that leave their positions."""
    return replace(ports, source=lambda source: ProgressSource(ports.source(source), source.topic, positions))


@contextmanager
def _shown(positions: Mapping[tuple[str, str], ReadPosition], refused: RefusalCount) -> Iterator[None]:
    """A bar while inside. It moves by publish time: how many messages a topic holds, no broker says."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    over = threading.Event()
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        mover = threading.Thread(target=_move, args=(progress, positions, refused, now_ms(), over))
        mover.start()
        try:
            yield
        finally:
            over.set()
            mover.join()


def _move(
    progress: Progress,
    positions: Mapping[tuple[str, str], ReadPosition],
    refused: RefusalCount,
    end_ms: int,
    over: threading.Event,
) -> None:
    task = progress.add_task("replaying", total=1.0)
    while not over.wait(LOOK_S):
        parts = list(positions.values())
        done = sum(part.share(end_ms) for part in parts) / max(len(parts), 1)
        rows = sum(part.rows for part in parts)
        but = f", {count:,} refused" if (count := refused.counts().total()) else ""
        progress.update(task, completed=done, description=f"replaying  {rows:,} events{but}")


def _say_how_it_ended(positions: Positions, seconds: float) -> None:
    rows = sum(part.rows for part in positions.values())
    if stopping():
        err.print(f"stopped after {rows:,} events, before the end")
        raise typer.Exit(1)
    err.print(f"replayed {rows:,} events in {formats.seconds(seconds)}")
