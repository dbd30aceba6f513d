"""`headrace`: the group of all commands, its help and its error handling."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from cli.commands import COMMANDS, GROUPS, get, panel_of
from cli.paragraphs import unwrapped

HELP = """Headrace, a real-time feature store: YAML files define features, one dataflow computes them.

Start with [bold]headrace init my-features[/]. In that folder, [bold]headrace run[/] starts a store that needs no
services, and [bold]headrace get user ID[/] reads the features of a user.

Exit codes: 0 success; 1 negative result (invalid definitions, failed tests, unknown entity, firing alerts, a run
that failed); 2 invalid argument or setting; 3 the broker or Redis is unreachable or refuses access; 4 the saved
state cannot be used; 5 a folder is not writable; 130 or 143 interrupted by Ctrl-C or SIGTERM before there was
anything to drain.
"""


WRONG = 2
USAGE_CODES = {"plan": 1, "register": 1, "doctor": 1}
"""Exit codes of wrong arguments and settings, where 2 means something else."""


@contextmanager
def _as_told(command: str | None) -> Iterator[None]:
    """Gives a wrong setting the exit code that it has in this command."""
    try:
        yield
    except typer.Exit as ended:
        if command in USAGE_CODES and ended.exit_code == WRONG:
            ended.exit_code = USAGE_CODES[command]
        raise


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

            with _as_told(ctx.invoked_subcommand):
                reported_errors(error)
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
    help=unwrapped(HELP),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in COMMANDS:
    takes_dashes = command is get  # an id may start with one
    panel = panel_of(command.__name__)
    words, settings = unwrapped(command.__doc__ or ""), {"ignore_unknown_options": takes_dashes}
    app.command(help=words, context_settings=settings, rich_help_panel=panel)(command)
for group in GROUPS:
    for listed in group.registered_commands:
        listed.help = unwrapped((listed.callback and listed.callback.__doc__) or "")
    app.add_typer(group, rich_help_panel=panel_of(str(group.info.name)))


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
