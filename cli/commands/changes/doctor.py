"""Signature and help of `headrace doctor`."""

from cli.commands.options import AsJson, DefinitionsFolder


def doctor(
    folder: DefinitionsFolder = None,
    as_json: AsJson = False,
) -> None:
    """Compare the definitions with every place that depends on them.

    These places are the registry, the newest schemas on the broker, the saved state, the live run, and a sample of
    the rows in Redis. A table lists the definitions that differ from any place, and what to do about each. The
    command changes nothing.

    Examples:

      headrace doctor

      headrace doctor --json | jq '.definitions[] | select(.agree | not)'

    Exit code: 0 all agree; 2 some disagree; 1 a place does not answer, or a definition or an argument is invalid.
    """
    from cli.handlers.changes import doctor as command

    command.doctor(folder, as_json=as_json)
