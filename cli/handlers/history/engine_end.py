"""How the engine of a command over history ends: the terminal is as it was."""

from collections.abc import Callable

from bytewax.dataflow import Dataflow

from cli.terminal import err
from connectors.redis import embedded_server
from dataflows.runtime.failing.engine_guard import guarded
from dataflows.runtime.failing.process_end import Ending
from dataflows.runtime.settings import Settings


def guard_of(settings: Settings) -> Callable[[Dataflow], Dataflow]:
    """Wraps a dataflow, so that what ends a failed one leaves the terminal as it was."""

    def before() -> None:
        err.show_cursor()
        embedded_server.release_all()

    return lambda flow: guarded(flow, Ending(settings.var, debug=settings.debug, before=before))
