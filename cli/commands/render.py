"""How `headrace render` is called."""

from typing import Annotated

import typer


def render(
    once: Annotated[bool, typer.Option("--once", help="Render what is there, tell no alerts, then end.")] = False,
) -> None:
    """Turn closed quality intervals into reports, pictures and pages.

    Runs beside the dataflow and never holds up a feature: it reads the
    quality topic, and draws while the processor is idle, for no more than
    HEADRACE_REPORTS_SHARE (0.1) of the time. What it leaves
    in HEADRACE_REPORTS_URL, by default HEADRACE_VAR/reports:

      features/NAME/START.json    the profile of a feature in an interval

      features/NAME/START.png     its picture

      intervals/START/report.html, report.json    the interval on one page

      latest.json    which interval is the newest

    It goes on where it stopped; the same intervals again give the same
    files. A store that refuses is tried until it takes them. What is kept is
    bound by HEADRACE_REPORTS_KEEP and HEADRACE_REPORTS_MB. Alerts are posted
    to HEADRACE_ALERT_WEBHOOK when it is set, each once.

    Examples:

      headrace render

      headrace render --once

      HEADRACE_REPORTS_URL=s3://bucket/quality headrace render

    Exit code: 0 stopped, or all is rendered; 1 a definition is wrong, or
    another one renders here; 2 a setting is wrong; 3 the broker is not
    reachable, or with --once the store refused.
    """
    from cli.handlers import render as command

    command.render(once)
