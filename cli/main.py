"""`headrace`: the commands, and what they have in common."""

from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli.commands import COMMANDS, get

HELP = """Headrace, a real-time feature store: features are YAML definitions, one dataflow computes them.

Start with [bold]headrace run[/], which needs no services, then ask [bold]headrace get user ID[/].

Exit codes: 0 done; 1 the answer is no (wrong definitions, failed tests, no such entity, something fires, a run
that died); 2 a wrong argument or setting; 3 a broker or Redis that is not reachable, or refuses; 4 saved state that
cannot be used; 5 a folder that cannot be written; 130 or 143 interrupted by Ctrl-C or SIGTERM before there was
anything to drain.
"""


class Commands(TyperGroup):
    """The group of commands: a user's mistake ends in one clear line, not in a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            from cli.error_reporting import explain  # loads readers of Redis and of reports: only a failure needs them

            explain(error)
            raise

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The commands, then the settings."""
        from cli.settings_help import settings_panel  # the settings are loaded for their help alone
        from cli.terminal import out

        super().format_help(ctx, formatter)
        out.print(settings_panel())


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
for command in COMMANDS:
    takes_dashes = command is get  # an id may begin with one
    app.command(context_settings={"ignore_unknown_options": takes_dashes})(command)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"headrace {version('headrace')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """The options of the program itself."""


if __name__ == "__main__":
    from cli.entry import main

    main()
