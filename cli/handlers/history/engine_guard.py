"""Runs the engine within a command: what ends it leaves the terminal as it was, and a signal lets it drain."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bytewax.dataflow import Dataflow

from cli.terminal import err
from connectors.redis import embedded_server
from dataflows.runtime.failing.engine_guard import guarded
from dataflows.runtime.failing.process_end import Ending
from dataflows.runtime.process.shutdown import drain_on_signals
from dataflows.runtime.settings import Settings

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def engine_guard(settings: Settings) -> Callable[[Dataflow], Dataflow]:
    """What ends a job of history that fails leaves the terminal as it was."""

    def before() -> None:
        err.show_cursor()
        embedded_server.release_all()

    return lambda flow: guarded(flow, Ending(settings.var, debug=settings.debug, before=before))


@contextmanager
def draining() -> Iterator[None]:
    """A signal lets the engine save where it is; before and after, there is nothing to drain."""
    before = [(number, signal.getsignal(number)) for number in SIGNALS]
    drain_on_signals()
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
