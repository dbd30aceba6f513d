"""How `headrace get` is called."""

from typing import Annotated

import typer


def get(
    entity: Annotated[str, typer.Argument(help="Entity type: an entity_id of the definitions without _id.")],
    id: Annotated[str, typer.Argument(help="Which one.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Print the features of one entity as they are served from Redis, with as_of and age.

    as_of is the moment the values are true for. A feature that is warming up has not yet seen a whole window.
    An id that looks like an option of this command goes after two dashes.

    Examples:

      headrace get user u42

      headrace get item i7 --json | jq .features

      headrace get user -- --json

    Exit code: 0 found, 1 no such entity, 2 no such entity type, 3 Redis is not reachable.
    """
    from cli.handlers import get as command

    command.get(entity, id, as_json)
