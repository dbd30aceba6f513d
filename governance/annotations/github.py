"""GitHub: workflow commands, which it shows beside the lines of a pull request.

It shows at most ten errors of a step and drops the others without a word:
https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from collections.abc import Sequence

from dataflows.definitions import DefinitionError
from governance.annotations.repository_path import repository_path

MOST_SHOWN = 10


def workflow_commands(errors: Sequence[DefinitionError]) -> str:
    """One `::error` line for each mistake; of more than ten, the tenth says how many the log lists below it."""
    if len(errors) <= MOST_SHOWN:
        return "\n".join(map(_command, errors))
    shown, logged = errors[: MOST_SHOWN - 1], errors[MOST_SHOWN - 1 :]
    more = f"::error title=more mistakes::+{len(logged)} more, listed in the log of this step"
    return "\n".join([*map(_command, shown), more, *map(str, logged)])


def _command(error: DefinitionError) -> str:
    title = error.field or "file"
    properties = {"file": repository_path(error.file), "line": error.line, "endLine": error.line, "title": title}
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::error {listed}::{_data(error.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
