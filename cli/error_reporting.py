"""Reports a user's mistake or an unreachable service in one line with an exit code, without a traceback."""

from collections.abc import Iterator

import redis
import typer

from cli.terminal import err
from connectors.errors import ExitCode, HeadraceError, is_of_disk, of_disk
from connectors.redis.refusals import RedisRefused
from dataflows.runtime.failing.root_cause import causes_of, one_line
from reports.errors import StoreRefused, StoreUrlError


class InvalidArgument(HeadraceError):
    """An argument is invalid; the message gives the expectation."""

    exit_code = ExitCode.WRONG


EXIT_CODES: dict[type, ExitCode] = {
    StoreUrlError: ExitCode.WRONG,
    redis.RedisError: ExitCode.SERVICE,
    StoreRefused: ExitCode.SERVICE,
}


def reported_errors(error: Exception) -> None:
    """Ends the program with the exit code of a known mistake; raises anything else, which is a defect, unchanged.

    Raises typer.Exit.
    """
    for text, code in mistakes(error):
        say(text)
        raise typer.Exit(code) from error


def mistakes(error: BaseException) -> Iterator[tuple[str, ExitCode]]:
    """Yields the known mistakes among an error and its causes, with codes, because the engine wraps errors."""
    for cause in causes_of(error):
        if (code := _code(cause)) is not None:
            yield _text(cause), code
        elif isinstance(cause, OSError) and is_of_disk(cause):
            yield of_disk(cause), ExitCode.DISK


def _text(error: BaseException) -> str:
    """Returns the text of an error; adds place and setting to errors of Redis."""
    if isinstance(error, redis.AuthenticationError | redis.ResponseError):
        return str(RedisRefused("Redis", error))
    if isinstance(error, redis.RedisError):
        return f"Redis: {one_line(str(error)).removesuffix('.')}; hint: check HEADRACE_REDIS_URL"
    return str(error)


def _code(error: BaseException) -> ExitCode | None:
    if isinstance(error, HeadraceError):
        return error.exit_code
    return next((EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES), None)


def say(text: str) -> None:
    """Prints a text to standard error unchanged."""
    err.print(text, soft_wrap=True, style="red" if err.is_terminal else None)
