"""Signature and help of `headrace serve`."""

from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 listens on all interfaces.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")] = 8080,
) -> None:
    """Serve the features of entities and their quality, as pages and as an API.

      /                          verdict, incidents and all features, live

      /features/user/u42         features of an entity, live

      /quality/user_spend_1h     quality report of a feature

      /api/v1/features/user/u42, POST /api/v1/features, /api/v1/quality, /healthz, /metrics

    The server reads Redis and the report store; it can start before the dataflow. If HEADRACE_SERVE_TOKEN is set, the
    server requires this token: set one before you listen on more than localhost.

    Examples:

      headrace serve

      HEADRACE_SERVE_TOKEN=... headrace serve --host 0.0.0.0 --port 80

    Exit code: 0 stopped; 1 a definition is invalid; 2 a setting is invalid or the port is in use.
    """
    from cli.handlers import serve as command

    command.serve(host, port)
