"""Errors of reading features: the request is invalid, or the server fails."""

from connectors.errors import ExitCode, HeadraceError


class InvalidRequest(HeadraceError):
    """A request is invalid: an unknown name, a wrong address or token. Repeating it does not help."""

    exit_code = ExitCode.WRONG


class ServiceUnavailable(HeadraceError):
    """A server does not answer, or not as expected. Repeating the request may help."""

    exit_code = ExitCode.SERVICE
