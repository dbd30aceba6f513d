"""Renames fields of rows from before a version was promoted, so that promotion leaves no gap for readers."""

from collections.abc import Mapping

_LISTS = ("_warming", "_quarantined")
"""Fields that hold names of features, separated by commas."""


def under_new_names(fields: Mapping[str, str], renamed: Mapping[str, str]) -> dict[str, str]:
    """Returns the fields under their current names; `renamed` maps each renamed feature to the field that holds its
    value.

    >>> under_new_names({"spend": "1", "spend@2": "2", "_warming": "n,spend@2"}, {"spend": "spend@2"})
    {'spend@2': '2', '_warming': 'n,spend', 'spend': '2'}
    """
    others = {name: text for name, text in fields.items() if name not in renamed}
    moved = {new: fields[old] for new, old in renamed.items() if old in fields}
    lists = {name: _renamed(fields[name], renamed) for name in _LISTS if name in fields}
    return others | lists | moved


def _renamed(names: str, renamed: Mapping[str, str]) -> str:
    listed = set(names.split(","))
    came = {new for new, old in renamed.items() if old in listed}
    return ",".join(sorted((listed - renamed.keys() - set(renamed.values())) | came))
