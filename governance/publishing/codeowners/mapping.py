"""Reads the file that maps an owner to a team of the code host: e-mail address -> `@team`."""

from pathlib import Path

import yaml

from connectors.errors import HeadraceError


class InvalidOwners(HeadraceError, ValueError):
    """The mapping of owners cannot be used; the text names file and key."""


def read_owners(file: Path) -> dict[str, str]:
    """Returns the mapping. Raises InvalidOwners."""
    try:
        written = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InvalidOwners(f"{file}: no such file; expected a mapping of owners to teams") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidOwners(f"{file}: is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(written, dict):
        raise InvalidOwners(f"{file}: expected a mapping such as risk-team@example.com: '@shop/risk'")
    wrong = [str(owner) for owner, team in written.items() if not _is_owner(team)]
    if wrong:
        raise InvalidOwners(f"{file}: {', '.join(wrong)}: expected @user, @org/team or an e-mail address")
    return {str(owner): team for owner, team in written.items()}


def _is_owner(team: object) -> bool:
    return isinstance(team, str) and "@" in team and not any(character.isspace() for character in team)
