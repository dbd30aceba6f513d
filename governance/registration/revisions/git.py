"""Extracts a folder at a revision of its git repository."""

import io
import subprocess
import tarfile
from pathlib import Path


class NoRevision(Exception):
    """The folder has no such revision; the text says why."""


def extract(revision: str, folder: Path, into: Path) -> Path:
    """Writes the folder at a revision below `into`; returns its path. Raises NoRevision."""
    if revision.startswith("-"):
        raise NoRevision("a revision does not start with a dash")
    root = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())
    inside = folder.resolve().relative_to(root.resolve()).as_posix()
    commit = _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").decode().strip()
    archive = _git(root, "archive", "--format=tar", commit, "--", inside)
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        _write(files, into)
    return into / inside


def _write(files: tarfile.TarFile, into: Path) -> None:
    """Writes files and links; `extractall` checks link targets only from Python 3.11.4 on."""
    for member in files:
        path = into / member.name
        if not path.parent.resolve().is_relative_to(into.resolve()):
            raise NoRevision(f"{member.name!r:.140} points outside the repository")
        if member.isdir():
            path.mkdir(parents=True, exist_ok=True)
        elif member.issym():
            path.symlink_to(member.linkname)
        elif (content := files.extractfile(member)) is not None:
            path.write_bytes(content.read())


def lacks_commit(folder: Path, commit: str) -> bool:
    """Returns whether a commit exists that the folder's checkout lacks; False for an unknown commit."""
    try:
        _git(folder, "cat-file", "-e", f"{commit}^{{commit}}")
        return bool(_git(folder, "rev-list", "--max-count=1", "--end-of-options", commit, "^HEAD"))
    except NoRevision:
        return False


def is_unknown(folder: Path, commit: str) -> bool:
    """Returns whether the repository of a folder does not have a commit; False outside a repository."""
    try:
        _git(folder, "rev-parse", "--git-dir")
    except NoRevision:
        return False
    try:
        _git(folder, "cat-file", "-e", f"{commit}^{{commit}}")
    except NoRevision:
        return True
    return False


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True).stdout
    except FileNotFoundError as error:
        raise NoRevision("git is not installed") from error
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines()
        raise NoRevision(f"git says: {lines[-1] if lines else 'no such revision'}") from error
