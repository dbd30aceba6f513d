"""Generates the block of a CODEOWNERS file: a line per definition. Lines outside the block are unchanged."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from dataflows.definitions import Definitions
from governance.publishing.codeowners.mapping import InvalidOwners

BEGIN = "# headrace begin: written by `headrace codeowners`"
END = "# headrace end"


def block(definitions: Definitions, files: Mapping[str, Path], teams: Mapping[str, str]) -> str:
    """Returns the block; `files` holds the path of each feature and set from the root. Raises InvalidOwners.

    The last match in CODEOWNERS wins, so the block should be the end of the file.
    """
    owners = {feature.feature_name: feature.owner for feature in definitions.features}
    owners |= {name: feature_set.owner for name, feature_set in definitions.sets.items()}
    _check(owners.values(), teams)
    lines = sorted(f"/{_escaped(files[name])} {teams[owner]}" for name, owner in owners.items())
    return "\n".join([BEGIN, *lines, END])


def with_block(text: str, written: str) -> str:
    """Returns a CODEOWNERS file with its block updated, or appended.

    >>> with_block("* @all\\n", "# headrace begin\\n# headrace end").splitlines()
    ['* @all', '', '# headrace begin', '# headrace end']
    """
    before, begun, tail = text.partition(BEGIN)
    if not begun:
        return f"{text.rstrip()}\n\n{written}\n".lstrip()
    _, _, after = tail.partition(END)
    return f"{before}{written}{after}"


def _check(owners: Iterable[str], teams: Mapping[str, str]) -> None:
    if unknown := sorted({*owners} - teams.keys()):
        raise InvalidOwners(f"{', '.join(unknown)}: not in the mapping of owners; add their reviewers")


def _escaped(path: Path) -> str:
    return path.as_posix().replace(" ", "\\ ")
