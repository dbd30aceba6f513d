"""Defines the error for decisions that a person must make before a definition can be written."""

from connectors.errors import ExitCode, HeadraceError


class UnclearDefinition(HeadraceError, ValueError):
    """A request leaves open what a definition needs; the text names the option."""

    exit_code = ExitCode.WRONG
