"""Resolves arguments: features, event times."""

from cli.error_reporting import InvalidArgument
from dataflows.definitions import Definitions, Feature
from dataflows.expectations import did_you_mean
from dataflows.history import bound_of


def feature_named(name: str, definitions: Definitions) -> Feature:
    """Returns the feature of this name. Raises InvalidArgument with similar names."""
    known = {feature.feature_name: feature for feature in definitions.features}
    if name not in known:
        hint = did_you_mean(name, known)
        raise InvalidArgument(f"unknown feature {name!r:.80}{f'; {hint}' if hint else ''}")
    return known[name]


def time_given(option: str, text: str | None) -> int | None:
    """Parses the time (ms) of an option, if given. Raises InvalidArgument and InvalidBound."""
    bound = None if text is None else bound_of(text)
    if bound is not None and bound.time is None:
        raise InvalidArgument(f"{option} {text}: expected a time such as 2026-01-31T12:00:00Z, not positions")
    return bound.time if bound else None
