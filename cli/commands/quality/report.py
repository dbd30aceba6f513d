"""Signature and help of `headrace report`."""

from typing import Annotated

import typer

from cli.commands.options import AsJson


def report(
    as_json: AsJson = False,
    feature: Annotated[
        str | None, typer.Option(metavar="NAME", help="Report a single feature, with its scores and rules.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Also list incidents that ended within this time, such as 24h or 7d."),
    ] = None,
) -> None:
    """Print the quality of all features: the verdict, open incidents and every feature, worst first.

    The command reads the reports that the running dataflow writes to Redis: the last closed interval of each feature,
    or the open one if none has closed yet. Times are UTC.

    Examples:

      headrace report

      headrace report --feature user_spend_1h

      headrace report --since 24h

      headrace report --json | jq -r .verdict

    Exit code: 0 all reports are current and nothing is firing; 1 an incident or alert is firing, the pipeline is
    stalled, or a topic changed while the dataflow was running; 2 a report is stale, missing, without a verdict or
    dated in the future, or an argument or a setting is invalid; 3 Redis is unreachable or contains a report that this
    version cannot read.
    """
    from cli.handlers.quality import report as command

    command.report(as_json, feature, since)
