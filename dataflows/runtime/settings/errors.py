"""Errors of invalid settings."""

from connectors.errors import ExitCode, HeadraceError


class SettingsError(HeadraceError, ValueError):
    """Settings are invalid, one line each. Never repeats a secret."""

    exit_code = ExitCode.WRONG
