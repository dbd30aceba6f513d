"""Protects features and sets: one on record with `protected: true` keeps its contract and its values."""

from collections.abc import Iterable, Iterator, Mapping

from dataflows.definitions import Definitions, Feature
from governance.changes.planning.change import Change, Subject

Key = tuple[Subject, str]


def check_protection(changes: Iterable[Change], before: Definitions) -> Iterator[Change]:
    """Yields the changes, with a problem for those of the contract or values of protected definitions or their inputs.

    The protection on record counts, so that the forbidden change cannot remove it.
    """
    guards = _guards(before)
    for change in changes:
        own = guards.get((change.subject, change.name), ()) if _moves(change) else ()
        yield change.refused(*(_problem(change, guard) for guard in own))


def _moves(change: Change) -> bool:
    """Returns whether a change removes a definition, or moves its contract or values. New definitions move nothing."""
    return change.action == "remove" or (
        change.action == "change" and bool({"contract", "value"} & {*change.categories})
    )


def _problem(change: Change, guard: Key) -> str:
    subject, name = guard
    if (change.subject, change.name) == guard:
        return "it is protected; first take `protected` off it, in a change of its own"
    return f"the protected {subject} {name} reads it; first take `protected` off {name}, in a change of its own"


def _guards(before: Definitions) -> Mapping[Key, tuple[Key, ...]]:
    """Maps protected definitions and all their inputs to the protected definitions that forbid a change."""
    known = {feature.feature_name: feature for feature in before.features}
    guards: dict[Key, tuple[Key, ...]] = {}
    for guard, roots in _protected(before):
        for guarded in {guard, *_inputs(roots, known)}:
            guards[guarded] = (*guards.get(guarded, ()), guard)
    return guards


def _protected(before: Definitions) -> Iterator[tuple[Key, tuple[str, ...]]]:
    """Yields each protected definition and the features that it consists of."""
    for feature in before.features:
        if feature.protected:
            yield ("feature", feature.feature_name), (feature.feature_name,)
    for name, feature_set in before.sets.items():
        if feature_set.protected:
            yield ("set", name), feature_set.names


def _inputs(roots: Iterable[str], known: Mapping[str, Feature]) -> set[Key]:
    """Returns these features and all their inputs: other features and, in the end, sources."""
    inputs, waiting = set[Key](), list(roots)
    while waiting:
        feature = known[waiting.pop()]
        if ("feature", feature.feature_name) not in inputs:
            inputs.add(("feature", feature.feature_name))
            inputs |= {("source", feature.source)} if feature.source else set()
            waiting += feature.reads
    return inputs
