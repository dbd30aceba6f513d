"""`headrace serve`: pages and API."""

import socket
from typing import Annotated

import typer

from cli.mistakes import Mistake
from cli.stopping import stop_on_signals
from cli.terminal import err
from dataflows.settings_reading import load_settings


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 is all of this machine's.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")] = 8080,
) -> None:
    """Serve pages and an API: features of entities, and whether they can be trusted.

      /                          verdict, incidents, all features, live

      /features/user/u42         the features of an entity, live

      /quality/user_spend_1h     the report of a feature

      /api/v1/features/user/u42, POST /api/v1/features, /api/v1/quality, /healthz, /metrics

    It reads Redis and the report store; it may be started before the dataflow. HEADRACE_SERVE_TOKEN makes it ask for
    a token: set one before it listens on more than this machine.

    Examples:

      headrace serve

      HEADRACE_SERVE_TOKEN=... headrace serve --host 0.0.0.0 --port 80

    Exit code: 0 stopped; 1 a definition is wrong; 2 a setting is wrong or the port is taken.
    """
    import uvicorn  # noqa: PLC0415 - the server and the drawings take more than a second to load: only here

    from serving.app import app_of  # noqa: PLC0415
    from serving.connections import Connection  # noqa: PLC0415

    settings = load_settings()
    app = app_of(settings, host=host)
    listening = listen(host, port)
    err.print(f"pages at http://{host}:{port}/")
    config = uvicorn.Config(
        app, http=Connection, ws="none", log_level="warning", server_header=False, timeout_graceful_shutdown=3
    )
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
