"""Failures that end a process, each with a one-line message and an exit code that a supervisor can act on."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path

import msgspec


class ExitCode(IntEnum):
    """The meaning of a process's exit code; `docs/operating.md` says what to do about each."""

    DONE = 0
    NO = 1
    """A definition is wrong, the answer is no, or the program has a defect."""
    WRONG = 2
    """An argument or a setting is wrong."""
    SERVICE = 3
    """The broker or Redis does not answer, or refuses."""
    STATE = 4
    """Saved state cannot be used."""
    DISK = 5
    """A folder cannot be written."""
    CLUSTER = 6
    """Another process of the cluster is missing."""


class HeadraceError(Exception):
    """A failure that a user or operator can fix; its text is one line that says how.

    >>> HeadraceError("topic x does not exist; hint: create it").exit_code
    <ExitCode.NO: 1>
    """

    exit_code: ExitCode = ExitCode.NO


UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Exceptions of a decoder of JSON or MessagePack: of another form or type, not UTF-8, nested too deeply."""
_RESUMES = "the next start resumes from the last snapshot"
UNWRITABLE = {
    errno.ENOSPC: f"free some space; {_RESUMES}",
    errno.EDQUOT: f"raise the quota of this user or free some space; {_RESUMES}",
    errno.EFBIG: f"raise the largest file size of this user (ulimit -f); {_RESUMES}",
    errno.EROFS: "mount it read-write, or use another folder",
    errno.EACCES: "grant this user write permission, or use another folder",
    errno.EPERM: "grant this user write permission, or use another folder",
    errno.EIO: f"check the disk; {_RESUMES}",
    errno.ENOTDIR: "expected a folder, found a file: move the file away, or use another folder",
    errno.EEXIST: "expected a folder, found a file: move the file away, or use another folder",
    errno.ENAMETOOLONG: "shorten the name, or use another folder",
    errno.EMFILE: "raise the limit of open files of this user (ulimit -n)",
    errno.ENFILE: "raise the limit of open files of this machine",
}
"""Errors of files and folders -> their remedy."""


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Adds the file name to a failed write within the block, because the system names it only for a failed open."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def is_of_disk(error: BaseException | None) -> bool:
    """Returns whether an error concerns files and can be fixed by an operator."""
    return isinstance(error, OSError) and error.errno in UNWRITABLE


def of_disk(error: OSError) -> str:
    """Words an error of a file or folder that cannot be used.

    >>> print(of_disk(OSError(errno.EROFS, "Read-only file system", "var/run.lock")))
    var/run.lock: Read-only file system; hint: mount it read-write, or use another folder
    """
    place = next((f"{name}: " for name in (error.filename2, error.filename) if name), "")
    return f"{place}{error.strerror}; hint: {UNWRITABLE[error.errno or 0]}"
