"""Notes deprecated definitions in a change."""

from collections.abc import Iterable, Iterator, Sequence

from dataflows.definitions import Definitions
from governance.changes.planning.change import Change


def note_deprecations(changes: Iterable[Change], after: Definitions) -> Iterator[Change]:
    """Yields the changes, with a note if the definition is deprecated, and one for each deprecated input."""
    reads = {feature.feature_name: feature.reads for feature in after.features}
    members = {name: feature_set.names for name, feature_set in after.sets.items()}
    for change in changes:
        if change.action == "remove" or change.subject == "source":
            yield change
        else:
            read = (members if change.subject == "set" else reads)[change.name]
            yield change.with_notes(*_notes(change.name, read, after))


def _notes(subject: str, reads: Sequence[str], after: Definitions) -> Iterator[str]:
    deprecated = after.deprecated
    if subject in deprecated:
        consumers = after.sets[subject].consumers if subject in after.sets else ()
        note = (
            "; tell " + ", ".join(f"{consumer.name} ({consumer.owner})" for consumer in consumers) if consumers else ""
        )
        yield f"it is {deprecated[subject].words}{note}"
    for name in (name for name in reads if name in deprecated):
        yield f"it reads {name}, which is {deprecated[name].words}"
