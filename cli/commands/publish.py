"""How `headrace publish` is called."""

from pathlib import Path
from typing import Annotated

import typer


def publish(
    topic: Annotated[str, typer.Argument(help="The name of a source: its topic; or a topic in full.")],
    file: Annotated[Path | None, typer.Argument(help="JSON lines; standard input when left out or -.")] = None,
    key: Annotated[str | None, typer.Option(help="Field whose value is the message's key.")] = None,
) -> None:
    """Send JSON lines from a file or standard input to a topic, one message a line.

    Lines are sent as they are, broken ones too: the dataflow checks raw events and puts those it refuses
    into the dead letters, with the reason. Empty lines are skipped. Lines from a pipe are sent as they come.
    Messages of one key stay in order; a line without the field is sent with an empty key.

    Examples:

      headrace publish orders events.jsonl --key user_id

      headrace publish persistent://public/default/raw-order-events < events.jsonl

      tail -f events.jsonl | headrace publish orders

      echo '{"event_type":"login_failed","user_id":"u42","timestamp":1767225600000}' | headrace publish logins

    Exit code: 0 all lines are stored by the broker; 1 a definition is wrong, a line is longer than a broker
    takes (5 MB; all others are stored), or it was stopped before the end; 2 no such file, source or topic, or a
    setting is wrong; 3 the broker is not reachable.
    """
    from cli.handlers import publish as command

    command.publish(topic, file, key)
