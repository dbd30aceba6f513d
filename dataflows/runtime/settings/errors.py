"""What is raised for invalid settings."""

from connectors.errors import ExitCode, HeadraceError


class SettingsError(HeadraceError, ValueError):
    """Invalid settings, one line each. Never repeats a secret."""

    exit_code = ExitCode.WRONG
