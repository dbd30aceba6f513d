"""Signature and help of `headrace report`."""

from typing import Annotated

import typer


def report(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    feature: Annotated[
        str | None, typer.Option(metavar="NAME", help="Report one feature, with its scores and rules.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Also list the incidents that ended within this time, such as 24h or 7d."),
    ] = None,
) -> None:
    """Print the quality of all features: the verdict, what fires and every feature, the worst first.

    The command reads what the running dataflow writes to Redis: the last closed interval of each feature, or the
    open one if none has closed yet. Times are UTC.

    Examples:

      headrace report

      headrace report --feature user_spend_1h

      headrace report --since 24h

      headrace report --json | jq -r .verdict

    Exit code: 0 all reports are new and nothing fires; 1 an incident or alert is firing, the pipeline is stalled, or a
    topic changed while the dataflow was running; 2 a report is stale, missing, without a verdict or dated ahead of the
    clock, or an argument or a setting is
    invalid; 3 Redis is unreachable or holds a
    report that this version cannot read.
    """
    from cli.handlers.quality import report as command

    command.report(as_json, feature, since)
