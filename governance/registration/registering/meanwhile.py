"""Detects registrations by others that this checkout does not have, so that they are not undone unnoticed."""

from collections.abc import Iterator
from pathlib import Path

from governance.changes.planning import Change, Plan
from governance.registration.registering.reasons import WAY_OUT
from governance.registration.registry import RegistryContent, RegistryEntry
from governance.registration.revisions import is_unknown, lacks_commit


def taken_back(plan: Plan, seen: RegistryContent, now: RegistryContent) -> Iterator[str]:
    """Yields changes of definitions that were registered after the registry was `seen`."""
    for change, entry in _taking_the_place_of(plan, now):
        if entry.revision > seen.revision:
            yield (
                f"{change.name}: {entry.act.by} registered it a moment ago, and this registration would undo "
                "that; merge that change first, then register again"
            )


def behind(plan: Plan, now: RegistryContent, folder: Path) -> Iterator[str]:
    """Yields changes of definitions that were registered at a commit missing from the folder's checkout.

    A commit that the repository does not have counts only for removals, which need a reason anyway: CI may not have
    fetched a later merge, but a squashed merge also leaves such commits behind.
    """
    for change, entry in _taking_the_place_of(plan, now):
        commit = entry.act.commit.partition("-")[0]
        if commit and (lacks_commit(folder, commit) or (change.action == "remove" and is_unknown(folder, commit))):
            yield (
                f"{change.name}: {entry.act.by} registered it at commit {commit:.12}, which is not in this "
                f"checkout; merge that commit first, or {WAY_OUT}"
            )


def _taking_the_place_of(plan: Plan, now: RegistryContent) -> Iterator[tuple[Change, RegistryEntry]]:
    for change in plan.changes:
        entry = now.entries.get(f"{change.subject}/{change.name}")
        if entry is not None and change.own:
            yield change, entry
