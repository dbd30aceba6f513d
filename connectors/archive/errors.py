"""What can be wrong with an archive."""

from connectors.errors import ExitCode, HeadraceError


class ArchiveUrlError(HeadraceError, ValueError):
    """An address that names no folder and no object store."""

    exit_code = ExitCode.WRONG


class ArchiveUnavailable(HeadraceError):
    """The store of the archive does not answer, or refuses."""

    exit_code = ExitCode.SERVICE


class ArchiveDiskFull(HeadraceError):
    """The disk has so little room left that whoever else writes there needs it more."""

    exit_code = ExitCode.DISK


class ArchiveDamaged(HeadraceError):
    """A file of the archive is not one, or not whole; two files hold the same messages."""

    exit_code = ExitCode.STATE


class ArchiveGap(HeadraceError):
    """Messages between two files, or between the archive and its topic, are neither here nor there."""

    exit_code = ExitCode.STATE


class ArchiveMoved(HeadraceError):
    """Another archiver has written meanwhile."""

    exit_code = ExitCode.STATE
