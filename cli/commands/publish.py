"""Signature and help of `headrace publish`."""

from pathlib import Path
from typing import Annotated

import typer


def publish(
    topic: Annotated[str, typer.Argument(help="Name of a source, or full name of a topic.")],
    file: Annotated[Path | None, typer.Argument(help="JSON Lines file; standard input if omitted or -.")] = None,
    key: Annotated[str | None, typer.Option(help="Field whose value becomes the message key.")] = None,
) -> None:
    """Send JSON lines from a file or standard input to a topic, one message per line.

    The command does not check the lines and sends malformed ones too: the dataflow checks raw events and writes
    rejected ones to the dead letters, with the reason. Empty lines are skipped. Lines from a pipe are sent as they
    arrive. Messages with the same key stay in order; a line without the key field is sent with an empty key.

    Examples:

      headrace publish orders events.jsonl --key user_id

      headrace publish persistent://public/default/raw-order-events < events.jsonl

      tail -f events.jsonl | headrace publish orders

      echo '{"event_type":"login_failed","user_id":"u42","timestamp":1767225600000}' | headrace publish logins

    Exit code: 0 the broker has stored all lines; 1 a definition is invalid, a line exceeds the broker's limit
    (5 MB; all other lines are stored), or the command was stopped early; 2 unknown file, source or topic, or an
    invalid setting; 3 the broker is unreachable.
    """
    from cli.handlers import publish as command

    command.publish(topic, file, key)
