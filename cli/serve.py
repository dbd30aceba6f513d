"""`headrace serve`: pages and API."""

import socket

from cli.mistakes import Mistake
from cli.stopping import stop_on_signals
from cli.terminal import err
from dataflows.settings_reading import load_settings


def serve(host: str, port: int) -> None:
    """Serve pages and an API: features of entities, and whether they can be trusted."""
    import uvicorn  # noqa: PLC0415 - the server and the drawings take more than a second to load: only here

    from serving.app import app_of  # noqa: PLC0415

    settings = load_settings()
    app = app_of(settings)
    listening = listen(host, port)
    err.print(f"pages at http://{host}:{port}/", highlight=False)
    config = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=3)
    with stop_on_signals():  # uvicorn tells the signal that stopped it on to whoever was there before
        uvicorn.Server(config).run(sockets=[listening])


def listen(host: str, port: int) -> socket.socket:
    """A socket whose connections send at once. Raises Mistake where the port is taken."""
    try:
        listening = socket.create_server((host, port), backlog=512)
    except OSError as error:
        why = (
            f"cannot listen on {host}:{port}: {error.strerror}; another port: headrace serve --port {port % 65_535 + 1}"
        )
        raise Mistake(why) from error
    # Connections inherit it. asyncio does it only for sockets that name their protocol; without it an answer in two
    # writes may wait 40 ms for an acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
