"""How `headrace serve` is called."""

from typing import Annotated

import typer


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
    from cli.handlers import serve as command

    command.serve(host, port)
