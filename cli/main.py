"""`headrace`: the commands, and what they have in common."""

from typing import Any

import typer
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from cli import get, publish, render, replay, report, run, serve, test, traffic, validate
from cli.mistakes import explained
from cli.terminal import out
from dataflows.settings import PREFIX, Settings
from dataflows.settings_reading import DEFAULT_FILE, ENV_FILE

HELP = """Headrace, a real-time feature store: features are YAML definitions, one dataflow computes them.

Start with [bold]headrace run[/], which needs no services, then ask [bold]headrace get user ID[/].

Exit codes: 0 done; 1 the answer is no (wrong definitions, failed tests, no such entity, something fires, a run
that died); 2 a wrong argument or setting; 3 a broker or Redis that is not reachable, or refuses; 4 saved state that
cannot be used; 5 a folder that cannot be written.
"""


class Commands(TyperGroup):
    """The group of commands: a user's mistake ends in one clear line, not in a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with explained():
            return super().invoke(ctx)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The commands, then the settings."""
        super().format_help(ctx, formatter)
        out.print(settings_panel())


def settings_panel() -> Panel:
    """All settings with what they mean and what they are by default."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="bold cyan", no_wrap=True)
    table.add_column()
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f" [default: {field.default}]"
        table.add_row(PREFIX + name.upper(), Text(field.description or "").append(default, "dim"))
    title = f"Settings: environment variables, or lines of {DEFAULT_FILE} ({ENV_FILE} names another)"
    return Panel(table, title=title, title_align="left", border_style="dim")


app = typer.Typer(
    name="headrace",
    cls=Commands,
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    run.run,
    replay.replay,
    render.render,
    publish.publish,
    traffic.traffic,
    get.get,
    serve.serve,
    report.report,
    validate.validate,
    test.test,
):
    takes_dashes = command is get.get  # an id may begin with one
    app.command(context_settings={"ignore_unknown_options": takes_dashes})(command)

if __name__ == "__main__":
    app()
