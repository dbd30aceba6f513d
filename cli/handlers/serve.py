"""Implements `headrace serve`: pages and API."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from cli.error_reporting import InvalidArgument
from cli.shutdown import StopSignal, stop_on_signals
from cli.terminal import err
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from serving.app import app_of
from serving.guards import Connection


def serve(host: str, port: int) -> None:
    """Serves pages and an API: features of entities, and whether they can be trusted."""
    config = config_of(load_settings(), host)
    with stop_on_signals(hurrying=True) as stop:
        listening = listen(host, port)
        err.print(f"pages at http://{host}:{port}/")
        PageServer(config, stop).run(sockets=[listening])


def config_of(settings: Settings, host: str) -> uvicorn.Config:
    """Builds the application and the server's configuration. Raises DefinitionErrors."""
    app = app_of(settings, host=host)
    return uvicorn.Config(
        app, http=Connection, ws="none", log_level="warning", server_header=False, timeout_graceful_shutdown=3
    )


class PageServer(uvicorn.Server):
    """Ends when `stop` is set, even before it has begun; installs no signal handlers."""

    def __init__(self, config: uvicorn.Config, stop: StopSignal) -> None:
        super().__init__(config)
        self._stop = stop

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to `stop`."""
        yield

    async def on_tick(self, counter: int) -> bool:
        """Returns whether to end; called ten times a second."""
        self.force_exit = self._stop.asked > 1
        return await super().on_tick(counter) or self._stop.is_set()


def listen(host: str, port: int) -> socket.socket:
    """Opens a socket whose connections send at once. Raises InvalidArgument if the port is in use."""
    try:
        listening = socket.create_server((host, port), backlog=512)
    except OSError as error:
        why = f"cannot listen on {host}:{port}: {error.strerror}; hint: headrace serve --port {port % 65_535 + 1}"
        raise InvalidArgument(why) from error
    # Connections inherit it. asyncio sets it only for sockets that name their protocol; without it an answer in two
    # writes may wait 40 ms for an acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
