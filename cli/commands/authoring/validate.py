"""Signature and help of `headrace validate`."""

from typing import Annotated

import typer

from cli.commands.options import AsJson, DefinitionsFolder


def validate(
    folder: DefinitionsFolder = None,
    as_json: AsJson = False,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="Output format: github, gitlab or sarif for code hosts, or json (same as --json).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Check all sources, features and feature sets, and print all errors at once.

    An error has the form FILE:LINE: FIELD: value; expectation; hint. Deprecated definitions are printed as notes. The
    command needs neither a broker nor Redis.

    Examples:

      headrace validate

      headrace validate feature_specs --json | jq '.errors[].file'

      headrace validate --format gitlab > gl-code-quality-report.json

    Exit code: 0 all definitions are valid; 1 at least one is invalid; 2 an argument is invalid.
    """
    from cli.handlers.authoring import validate as command

    command.validate(folder, as_json or form == "json", None if form == "json" else form)
