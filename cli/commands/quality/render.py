"""Signature and help of `headrace render`."""

from typing import Annotated

import typer


def render(
    once: Annotated[
        bool, typer.Option("--once", help="Render all closed intervals without sending alerts, then exit.")
    ] = False,
) -> None:
    """Render reports, charts and pages from closed quality intervals.

    The renderer is a separate process that never delays a feature: it reads
    the quality topic and draws charts while processors are idle, for at most
    HEADRACE_REPORTS_SHARE (0.1) of the time. Charts of features that start or
    stop firing are drawn at once, at most HEADRACE_REPORTS_URGENT (20) per
    minute. The command writes these files to HEADRACE_REPORTS_URL, by default
    HEADRACE_VAR/reports:

      features/NAME/START.json    profile of a feature in an interval

      features/NAME/START.png     chart of the same profile

      intervals/START/report.html, report.json    report of the interval

      latest.json    start of the newest interval, and of each feature's newest chart

    The renderer resumes where it stopped; rendering an interval again writes
    the same files. A failed write is retried until it succeeds.
    HEADRACE_REPORTS_KEEP and HEADRACE_REPORTS_MB limit how many reports are
    kept. Each alert is delivered once to HEADRACE_ALERT_WEBHOOK and to the
    targets of the routes in HEADRACE_ALERT_ROUTES. `headrace validate` checks
    the file of the routes.

    Examples:

      headrace render

      headrace render --once

      HEADRACE_REPORTS_URL=s3://bucket/quality headrace render

    Exit code: 0 stopped, or all intervals are rendered; 1 a definition or a
    route is invalid, or another process renders to the same place; 2 a setting
    is invalid; 3 the broker is unreachable, or with --once the store refused a
    write.
    """
    from cli.handlers.quality import render as command

    command.render(once)
