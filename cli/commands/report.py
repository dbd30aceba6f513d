"""How `headrace report` is called."""

from typing import Annotated

import typer


def report(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    feature: Annotated[str | None, typer.Option(metavar="NAME", help="One feature, with its scores and rules.")] = None,
) -> None:
    """Say whether the features can be trusted: the verdict, what fires, and every feature, the worst first.

    It reads what the running dataflow has left in Redis: of each feature the interval that closed last, or the
    one that goes on while none has. Times are UTC.

    Examples:

      headrace report

      headrace report --feature user_spend_1h

      headrace report --json | jq -r .verdict

    Exit code: 0 nothing fires; 1 something fires, the pipeline stands still, or a topic was changed under it;
    2 a setting or the name is wrong; 3 Redis is not reachable.
    """
    from cli.handlers import report as command

    command.report(as_json, feature)
