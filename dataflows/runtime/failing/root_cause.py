"""Finds the root cause of a failed dataflow behind the engine's exceptions, and explains it in one line."""

import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass

import pulsar
import redis
from bytewax.recovery import InconsistentPartitionsError, MissingPartitionsError, NoPartitionsError

from connectors.errors import ExitCode, HeadraceError, is_of_disk, of_disk
from dataflows.runtime.process.engine_options import engine_options

_RECOVERY: dict[type[BaseException], str] = {
    NoPartitionsError: "it is empty: create it with `python -m bytewax.recovery DIR N`, or correct -r",
    MissingPartitionsError: "some of its files are missing: restore all part-*.sqlite3 of one backup",
    InconsistentPartitionsError: "its files are from different times: restore all part-*.sqlite3 of one backup",
}
_STORE = "the recovery store"
_PEER = "another process of the cluster has ended; hint: read the end of its log, then restart all processes"
# Errors of the engine that have no type: text, meaning, exit code.
_SAID = (
    ("recovery directory", f"{_STORE} does not exist; hint: correct -r, or create it", ExitCode.STATE),
    ("database or disk is full", f"{_STORE} is on a full disk; hint: free some space", ExitCode.DISK),
    ("disk I/O error", f"{_STORE} is on a failing or full disk; hint: check the disk", ExitCode.DISK),
    ("readonly database", f"{_STORE} is not writable; hint: grant this user write permission", ExitCode.DISK),
    ("unable to open database", f"{_STORE} cannot be opened; hint: check -r and its permissions", ExitCode.DISK),
    ("database is locked", f"{_STORE} is in use by another process; hint: stop that process", ExitCode.STATE),
    ("disk image is malformed", f"{_STORE} is damaged; hint: restore a backup of it", ExitCode.STATE),
    ("file is not a database", f"{_STORE} is damaged; hint: restore a backup of it", ExitCode.STATE),
    (
        "UnpicklingError",
        f"{_STORE} is damaged: a snapshot in it cannot be read; hint: replay",
        ExitCode.STATE,
    ),
    ("no such table", f"{_STORE} is damaged; hint: restore a backup of it", ExitCode.STATE),
    ("thread panic", _PEER, ExitCode.CLUSTER),  # the threads that hold the connections to other processes
    (
        "Address already in use",
        "this process cannot listen at its address in -a: another process uses the port",
        ExitCode.CLUSTER,
    ),
    ("timely communication", "the addresses in -a are invalid; hint: host:port;host:port", ExitCode.WRONG),
    ("Connection reset", _PEER, ExitCode.CLUSTER),
)
_WORDS = re.compile(r'Some\("([^"]+)"\)|message: "([^"]+)"')


@dataclass(frozen=True, slots=True)
class RootCause:
    """The reason why a process ends; `defect` marks a bug of the program."""

    text: str
    code: ExitCode
    defect: bool = False


def explained(error: BaseException) -> RootCause:
    """Returns the failure behind an error: the outermost known cause, else a defect."""
    causes = list(causes_of(error))
    known = next((failure for cause in causes if (failure := _known_cause(cause))), None)
    return known or _matched(causes) or _defect(causes[-1])


def causes_of(error: BaseException | None) -> Iterator[BaseException]:
    """Yields an error and its causes, outermost first.

    >>> [str(cause) for cause in causes_of(ValueError("alone"))]
    ['alone']
    """
    visited = set[int]()
    while error is not None and id(error) not in visited:
        visited.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def one_line(text: str) -> str:
    """Removes line breaks from a text.

    >>> one_line("a\\n  b")
    'a b'
    """
    return " ".join(text.split())


def _known_cause(error: BaseException) -> RootCause | None:
    if isinstance(error, HeadraceError):
        return RootCause(str(error), error.exit_code)
    if isinstance(error, tuple(_RECOVERY)):
        return RootCause(_of_recovery(error), ExitCode.STATE)
    if isinstance(error, redis.RedisError):
        return RootCause(f"Redis: {one_line(str(error))}; hint: check HEADRACE_REDIS_URL", ExitCode.SERVICE)
    if isinstance(error, pulsar.PulsarException):
        message = one_line(str(error)) or type(error).__name__
        return RootCause(f"Pulsar: {message}; hint: check HEADRACE_PULSAR_URL", ExitCode.SERVICE)
    if isinstance(error, OSError) and is_of_disk(error):
        return RootCause(of_disk(error), ExitCode.DISK)
    return RootCause("the process ran out of memory", ExitCode.NO) if isinstance(error, MemoryError) else None


def _of_recovery(error: BaseException) -> str:
    hint = next(hint for kind, hint in _RECOVERY.items() if isinstance(error, kind))
    folder = engine_options().recovery
    return f"{_STORE} {folder} cannot be used ({one_line(str(error))}); hint: {hint}"


def _matched(causes: list[BaseException]) -> RootCause | None:
    texts = [f"{type(cause).__name__}: {one_line(str(cause))}" for cause in causes]
    for pattern, meaning, code in _SAID:
        if line := next((text for text in texts if pattern in text), None):
            return RootCause(_placed(meaning, line), code)
    return None


def _placed(meaning: str, panic: str) -> str:
    """Adds the folder of -r, and the library's message in the engine's panic."""
    words = words_of(panic)
    folder = engine_options().recovery
    where = meaning.replace(_STORE, f"{_STORE} {folder}") if folder else meaning
    return where + (f" ({words})" if words else "")


def words_of(panic: str) -> str | None:
    """Returns the message of a library in a panic of the engine.

    >>> words_of('SqliteFailure(Error { code: DiskFull }, Some("database or disk is full"))')
    'database or disk is full'
    """
    match = _WORDS.search(panic)
    return next(filter(None, match.groups())) if match else None


def _defect(error: BaseException) -> RootCause:
    """Describes a defect with its place in the code, for developers."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    text = f"{type(error).__name__}: {one_line(str(error))}{place}; this is a bug in Headrace: please report it"
    return RootCause(text, ExitCode.NO, defect=True)
