"""What a user got wrong, or what is not there: one clear line and an exit code, never a traceback."""

from collections.abc import Iterator

import redis
import typer

from cli.lock import Held
from cli.supervision import Died
from cli.terminal import err
from cli.topics import Unreachable
from connectors import log, pulsar
from connectors.log_topic import TopicMetaError
from connectors.redis import RedisUrlError
from connectors.redis_embedded import EmbeddedRedisError
from dataflows.settings import SettingsError
from dataflows.spec import DefinitionErrors
from reports.store import StoreRefused, StoreUrlError
from serving.live import UnreadableReport
from serving.online import UnreadableEntity

NO, WRONG, UNREACHABLE = 1, 2, 3


class Mistake(Exception):
    """A wrong argument; the message says what was expected instead."""


EXIT_CODES: dict[type, int] = {
    DefinitionErrors: NO,
    Held: NO,
    Died: NO,
    Mistake: WRONG,
    SettingsError: WRONG,
    RedisUrlError: WRONG,
    log.TopicNameError: WRONG,
    TopicMetaError: WRONG,
    pulsar.InvalidConnection: WRONG,
    pulsar.InvalidTopic: WRONG,
    pulsar.AccessDenied: WRONG,
    StoreUrlError: WRONG,
    PermissionError: WRONG,
    NotADirectoryError: WRONG,
    Unreachable: UNREACHABLE,
    EmbeddedRedisError: UNREACHABLE,
    UnreadableReport: UNREACHABLE,
    UnreadableEntity: UNREACHABLE,
    redis.ConnectionError: UNREACHABLE,
    redis.TimeoutError: UNREACHABLE,
    pulsar.BrokerAway: UNREACHABLE,
    pulsar.AdminError: UNREACHABLE,
    pulsar.MissingTopic: UNREACHABLE,
    pulsar.PublishFailed: UNREACHABLE,
    StoreRefused: UNREACHABLE,
}


def explain(error: Exception) -> None:
    """A known mistake ends the program with its exit code; all else is a defect and stays loud.

    Raises typer.Exit.
    """
    for known, code in mistakes(error):
        say(str(known))
        raise typer.Exit(code) from error


def mistakes(error: BaseException | None) -> Iterator[tuple[BaseException, int]]:
    """The known mistakes among an error and its causes, with codes: the engine wraps what its parts raise."""
    while error is not None:
        codes = [EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES]
        yield from [(error, codes[0])] if codes else []
        error = error.__cause__


def say(text: str) -> None:
    """Put it on standard error as it is."""
    err.print(text, markup=False, soft_wrap=True, style="red" if err.is_terminal else None)
