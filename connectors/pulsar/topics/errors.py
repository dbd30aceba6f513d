"""Errors of the admin interface and of missing topics."""

from connectors.errors import ExitCode, HeadraceError


class BrokerAway(HeadraceError, ConnectionError):
    """The admin interface does not answer; a retry may succeed."""

    exit_code = ExitCode.SERVICE


class AccessDenied(HeadraceError, PermissionError):
    """The cluster rejects our credentials or denies this action. `status` is 401 or 403, if known."""

    exit_code = ExitCode.SERVICE

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


class AdminError(HeadraceError):
    """The admin interface refused a request. `status` is the HTTP status, `reason` its own words."""

    exit_code = ExitCode.SERVICE

    def __init__(self, status: int, request: str, reason: str) -> None:
        super().__init__(f"{request}: {status} {reason}")
        self.status, self.reason = status, reason


class InvalidTopic(HeadraceError, ValueError):
    """A text is not the name of a persistent topic."""

    exit_code = ExitCode.WRONG


class MissingTopic(HeadraceError, LookupError):
    """The topic does not exist; the text names the command that creates it."""

    exit_code = ExitCode.SERVICE

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"topic {topic} does not exist: create it with `pulsar-admin topics create-partitioned-topic "
            f"{topic} --partitions 4`, start with `headrace run`, which creates it, or correct the name"
        )
