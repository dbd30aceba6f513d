"""`headrace`: the group of all commands, its help and its error handling."""

from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from cli.commands import COMMANDS, GROUPS, get

HELP = """Headrace, a real-time feature store: YAML files define features, one dataflow computes them.

Start with [bold]headrace run[/], which needs no services; then read features with [bold]headrace get user ID[/].

Exit codes: 0 success; 1 negative result (invalid definitions, failed tests, unknown entity, firing alerts, a run
that failed); 2 invalid argument or setting; 3 the broker or Redis is unreachable or refuses access; 4 the saved
state cannot be used; 5 a folder is not writable; 130 or 143 interrupted by Ctrl-C or SIGTERM before there was
anything to drain.
"""


USAGE = 2
USAGE_CODES = {"plan": 1}
"""Exit codes of wrong arguments and settings, where 2 means something else."""


def _own_code(command: str | None, code: int) -> int:
    return USAGE_CODES.get(command or "", code) if code == USAGE else code


class Commands(TyperGroup):
    """The group of commands; reports a user's mistake in one line instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command and explains its failure."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except TyperException as error:  # wrong arguments
            error.exit_code = USAGE_CODES.get(ctx.invoked_subcommand, error.exit_code)
            raise
        except Exception as error:
            from cli.error_reporting import (
                reported_errors,
            )  # imports the readers of Redis and reports, which only a failure needs

            try:
                reported_errors(error)
            except typer.Exit as ended:
                raise typer.Exit(_own_code(ctx.invoked_subcommand, ended.exit_code)) from error
            raise

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Prints the commands, then the settings."""
        from cli.settings_help import settings_panel  # only the help needs the settings
        from cli.terminal import out

        super().format_help(ctx, formatter)
        out.print(settings_panel())


app = typer.Typer(
    name="headrace",
    cls=Commands,
    help=HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in COMMANDS:
    takes_dashes = command is get  # an id may start with one
    app.command(context_settings={"ignore_unknown_options": takes_dashes})(command)
for group in GROUPS:
    app.add_typer(group)


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
    """Takes the options of the program itself."""


if __name__ == "__main__":
    from cli.entry import main

    main()
