"""How `headrace test` is called."""

from typing import Annotated

import typer


def test(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Run the tests that the definitions carry: events in, the expected value at a time. No broker, no Redis.

    The events go through the same decoding, filters, kernels and rows as live ones.

    Examples:

      headrace test

      HEADRACE_SPECS=my_specs headrace test --json | jq '.results[] | select(.passed | not)'

    Exit code: 0 all passed, 1 some failed or a definition is wrong.
    """
    from cli.handlers import test as command

    command.test(as_json)
