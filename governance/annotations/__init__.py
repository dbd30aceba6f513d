"""Mistakes in definitions, in the formats in which code hosts show them beside the line."""

from collections.abc import Callable, Mapping, Sequence

from dataflows.definitions import DefinitionError
from governance.annotations.github import workflow_commands
from governance.annotations.gitlab import code_quality
from governance.annotations.sarif import sarif_log

__all__ = ["ANNOTATIONS", "code_quality", "sarif_log", "workflow_commands"]

ANNOTATIONS: Mapping[str, Callable[[Sequence[DefinitionError]], str]] = {
    "github": workflow_commands,
    "gitlab": code_quality,
    "sarif": sarif_log,
}
"""By the name of the format: mistakes, in their order -> the text to print."""
