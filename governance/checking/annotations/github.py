"""Formats findings as GitHub workflow commands, shown beside the lines of a pull request.

GitHub shows at most ten errors and ten notices of a step, and silently drops the others:
https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from collections.abc import Mapping, Sequence

from governance.checking.annotations.finding import Finding, Level
from governance.checking.annotations.repository_path import repository_path

MOST_SHOWN = 10
_COMMANDS: Mapping[Level, tuple[str, str]] = {"error": ("error", "more mistakes"), "note": ("notice", "more notes")}


def workflow_commands(findings: Sequence[Finding]) -> str:
    """Returns one line per finding; of more than ten of a level, the tenth counts the rest that the log lists below."""
    levels = [[finding for finding in findings if finding.level == level] for level in _COMMANDS]
    return "\n".join(line for of_level in levels for line in _lines(of_level))


def _lines(findings: Sequence[Finding]) -> list[str]:
    if len(findings) <= MOST_SHOWN:
        return [*map(_command, findings)]
    shown, logged = findings[: MOST_SHOWN - 1], findings[MOST_SHOWN - 1 :]
    command, title = _COMMANDS[findings[0].level]
    more = f"::{command} title={title}::+{len(logged)} more, listed in the log of this step"
    return [*map(_command, shown), more, *map(str, logged)]


def _command(finding: Finding) -> str:
    place = {"file": repository_path(finding.file), "line": finding.line, "endLine": finding.line}
    properties = {**place, "title": finding.title if finding.level == "error" else finding.rule}
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.level][0]} {listed}::{_data(finding.text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
