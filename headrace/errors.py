"""Why features cannot be read: the request is at fault, or the server is."""

from connectors.errors import ExitCode, HeadraceError


class InvalidRequest(HeadraceError):
    """A request that cannot be answered: an unknown name, a wrong address or token. Repeating it does not help."""

    exit_code = ExitCode.WRONG


class ServiceUnavailable(HeadraceError):
    """A server that does not answer, or not as expected. Repeating the request may help."""

    exit_code = ExitCode.SERVICE
