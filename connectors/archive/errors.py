"""Errors of an archive."""

from connectors.errors import ExitCode, HeadraceError


class ArchiveUrlError(HeadraceError, ValueError):
    """An address names neither a folder nor an object store."""

    exit_code = ExitCode.WRONG


class ArchiveUnavailable(HeadraceError):
    """The store of the archive does not answer, or refuses."""

    exit_code = ExitCode.SERVICE


class ArchiveDiskFull(HeadraceError):
    """The disk has so little space left that it is reserved for other writers."""

    exit_code = ExitCode.DISK


class ArchiveDamaged(HeadraceError):
    """A file of the archive is foreign or incomplete, or two files hold the same messages."""

    exit_code = ExitCode.STATE


class ArchiveGap(HeadraceError):
    """Messages between two files, or between the archive and its topic, are missing from both."""

    exit_code = ExitCode.STATE


class ArchiveTaken(HeadraceError):
    """Another archiver writes the archive of the topic, or has written in the meantime."""

    exit_code = ExitCode.SERVICE
