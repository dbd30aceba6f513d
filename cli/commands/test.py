"""Signature and help of `headrace test`."""

from typing import Annotated

import typer


def test(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Run the tests in the definitions: given events must yield the expected value at a given time.

    The events pass through the same decoding, filters, kernels and rows as live ones. Needs no broker and no Redis.

    Examples:

      headrace test

      HEADRACE_SPECS=my_specs headrace test --json | jq '.results[] | select(.passed | not)'

    Exit code: 0 all tests passed; 1 a test failed or a definition is invalid.
    """
    from cli.handlers import test as command

    command.test(as_json)
