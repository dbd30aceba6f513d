"""What a person has to decide before a definition can be written."""

from connectors.errors import ExitCode, HeadraceError


class UnclearDefinition(HeadraceError, ValueError):
    """What was asked leaves open what a definition needs; the text says which option says it."""

    exit_code = ExitCode.WRONG
