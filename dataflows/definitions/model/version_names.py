"""Names versions side by side: `name` is the promoted version, `name@2` a candidate."""

import re
from collections.abc import Sequence

AT = "@"
VERSION_NAME = r"[a-z][a-z0-9_]*@[1-9][0-9]{0,9}"
"""Pattern of a candidate's name, as readers and definitions use it."""
_IN_RECORDS = "__v"


def version_name(name: str, version: int) -> str:
    """Returns the name of a candidate.

    >>> version_name("user_spend_1h", 2)
    'user_spend_1h@2'
    """
    return f"{name}{AT}{version}"


def bare_name(name: str) -> str:
    """Returns the name that all versions of a feature share.

    >>> bare_name("user_spend_1h@2"), bare_name("user_spend_1h")
    ('user_spend_1h', 'user_spend_1h')
    """
    return name.partition(AT)[0]


def record_field(name: str) -> str:
    """Returns the name as a field of a record, because Avro does not accept `@`.

    >>> record_field("user_spend_1h@2"), record_field("user_spend_1h")
    ('user_spend_1h__v2', 'user_spend_1h')
    """
    return name.replace(AT, _IN_RECORDS)


def promoted_names(reads: Sequence[str]) -> dict[str, str]:
    """Maps each version in a list to its name once promoted, unless the list has another version of the feature.

    >>> promoted_names(["spend@2", "n@3", "n", "each"])
    {'spend@2': 'spend'}
    """
    bare = [bare_name(name) for name in reads]
    return {name: own for name, own in zip(reads, bare, strict=True) if AT in name and bare.count(own) == 1}


def is_version_name(text: str) -> bool:
    """Returns whether a text is the name of a candidate."""
    return re.fullmatch(VERSION_NAME, text, re.ASCII) is not None
