"""Failures that end a process, each with a one-line message and an exit code that a supervisor can act on."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """What the exit code of a process means; `docs/operating.md` says what to do about each."""

    DONE = 0
    NO = 1
    """A definition is wrong, the answer is no, or the program has a defect."""
    WRONG = 2
    """An argument or a setting."""
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
"""Why a file or folder cannot be used -> what to do."""


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Inside, a failed write names its file, which the system does only for a failed open."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def is_of_disk(error: BaseException | None) -> bool:
    """Whether an error is one of files that an operator can mend."""
    return isinstance(error, OSError) and error.errno in UNWRITABLE


def of_disk(error: OSError) -> str:
    """Builds the sentence about a file or folder that cannot be used.

    >>> print(of_disk(OSError(errno.EROFS, "Read-only file system", "var/run.lock")))
    var/run.lock: Read-only file system; hint: mount it read-write, or use another folder
    """
    place = next((f"{name}: " for name in (error.filename2, error.filename) if name), "")
    return f"{place}{error.strerror}; hint: {UNWRITABLE[error.errno or 0]}"
