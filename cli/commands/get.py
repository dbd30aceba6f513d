"""Signature and help of `headrace get`."""

from typing import Annotated

import typer

from cli.commands.options import AsJson


def get(
    entity: Annotated[
        str, typer.Argument(help="Entity type: the entity_id of the definitions without _id, such as user.")
    ],
    id: Annotated[str, typer.Argument(help="Id of the entity.")],
    set_name: Annotated[
        str | None, typer.Option("--set", metavar="NAME", help="Print only the features of this feature set.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the features of one entity as stored in Redis, with as_of and age.

    as_of is the event time for which the values hold. A feature that is warming up has not yet seen a whole window.
    Write two dashes before an id that looks like an option.

    Examples:

      headrace get user u42

      headrace get item i7 --json | jq .features

      headrace get user u42 --set fraud_v1

      headrace get user -- --json

    Exit code: 0 entity found; 1 entity not found; 2 unknown entity type or feature set; 3 Redis is unreachable.
    """
    from cli.handlers import get as command

    command.get(entity, id, set_name, as_json)
