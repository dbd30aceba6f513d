"""Maps names to those that Feast accepts, and reports renamed ones."""

import re
from collections.abc import Iterable, Iterator

from connectors.errors import ExitCode, HeadraceError

TIMESTAMP = "event_timestamp"
"""The column of the event time in batch sources; Feast reserves it and `created_timestamp`."""
_KEPT_BY_FEAST = frozenset({TIMESTAMP, "created_timestamp"})
_PROJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_MARK = "feature-"


class InvalidProject(HeadraceError, ValueError):
    """Feast refuses the name of a project."""

    exit_code = ExitCode.WRONG


def project_name(name: str) -> str:
    """Returns the name of a project. Raises InvalidProject.

    >>> project_name("shop")
    'shop'
    """
    if _PROJECT.fullmatch(name) is None:
        raise InvalidProject(
            f"--project: {name!r:.80} is no name of a Feast project; "
            "expected letters, digits and _, a letter or a digit first"
        )
    return name


def view_names(topics: Iterable[str]) -> dict[str, str]:
    """Returns the view name of each topic: its last part, made unique; Feast ignores case.

    >>> view_names(["persistent://public/default/feature-user_profile", "persistent://eu/shop/feature-User-Profile"])
    {'persistent://eu/shop/feature-User-Profile': 'User_Profile', \
'persistent://public/default/feature-user_profile': 'user_profile_2'}
    """
    taken, names = set[str](), dict[str, str]()
    for topic in sorted(topics):
        wanted = re.sub(r"[^A-Za-z0-9_]", "_", topic.rsplit("/", 1)[-1].removeprefix(_MARK))
        plain = wanted if wanted[:1].isalpha() else f"view_{wanted.strip('_')}"
        name = next(candidate for candidate in _candidates(plain) if candidate.lower() not in taken)
        taken.add(name.lower())
        names[topic] = name
    return names


def field_names(features: Iterable[str], join_keys: Iterable[str]) -> dict[str, str]:
    """Returns the field name of each feature; adds a suffix to names of keys and to Feast's own.

    >>> field_names(["spend", "event_timestamp"], ["user_id"])
    {'spend': 'spend', 'event_timestamp': 'event_timestamp_value'}
    """
    reserved, names = _KEPT_BY_FEAST | {*join_keys}, dict[str, str]()
    taken = {*(listed := list(features))} | reserved
    for name in listed:
        names[name] = next(_free(name, taken)) if name in reserved else name
        taken.add(names[name])
    return names


def renamed(names: dict[str, str]) -> list[str]:
    """Words the features that have another name in Feast."""
    return [
        f"{name} is called {field} in Feast, which keeps {name} to itself"
        for name, field in names.items()
        if field != name
    ]


def _free(name: str, taken: set[str]) -> Iterator[str]:
    return (candidate for candidate in _candidates(f"{name}_value") if candidate not in taken)


def _candidates(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1
