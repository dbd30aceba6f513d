"""Runs the engine within a command: restores the terminal at the end, and drains on a signal."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bytewax.dataflow import Dataflow

from cli.terminal import err
from connectors.redis import embedded_server
from dataflows.runtime.failing.engine_guard import guarded
from dataflows.runtime.failing.process_end import ProcessTerminator
from dataflows.runtime.process.shutdown import drain_on_signals
from dataflows.runtime.settings import Settings

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def engine_guard(settings: Settings) -> Callable[[Dataflow], Dataflow]:
    """Returns a guard that restores the terminal when a job of history fails."""

    def before() -> None:
        err.show_cursor()
        embedded_server.release_all()

    return lambda flow: guarded(flow, ProcessTerminator(settings.var, debug=settings.debug, before=before))


@contextmanager
def draining() -> Iterator[None]:
    """Makes a signal drain the engine inside the block; outside there is nothing to drain."""
    before = [(number, signal.getsignal(number)) for number in SIGNALS]
    drain_on_signals()
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
