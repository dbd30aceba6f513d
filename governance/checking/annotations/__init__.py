"""Formats mistakes in definitions, and notes on them, for code hosts that show them beside the line."""

from collections.abc import Callable, Mapping, Sequence

from governance.checking.annotations.deprecations import deprecation_notes
from governance.checking.annotations.finding import Finding, mistakes
from governance.checking.annotations.github import workflow_commands
from governance.checking.annotations.gitlab import code_quality
from governance.checking.annotations.sarif import sarif_log

__all__ = ["ANNOTATIONS", "Finding", "code_quality", "deprecation_notes", "mistakes", "sarif_log", "workflow_commands"]

ANNOTATIONS: Mapping[str, Callable[[Sequence[Finding]], str]] = {
    "github": workflow_commands,
    "gitlab": code_quality,
    "sarif": sarif_log,
}
"""Functions by format name that turn ordered findings into the text to print."""
