"""Requires a reason for destructive changes, which is recorded."""

from collections.abc import Iterator

from dataflows.definitions import Definitions, bare_name
from governance.changes.planning import Change, Plan
from governance.changes.planning.promotion import renamed_versions

WAY_OUT = "say why with --reason; the reason is recorded"


def without_reason(plan: Plan, before: Definitions, after: Definitions) -> Iterator[str]:
    """Yields why changes need a reason. A promoted candidate is not removed."""
    promoted = {old for old, new in renamed_versions(before, after).items() if new == bare_name(old)}
    for change in plan.changes:
        if change.action == "remove" and change.name not in promoted:
            yield f"{change.name}: the {change.subject} would be removed; {WAY_OUT}"
        elif _breaks(change):
            keys = ", ".join(field.name for field in change.fields if field.name != "version") or "version"
            yield f"{change.name}: its contract would change ({keys}); {WAY_OUT}"


def _breaks(change: Change) -> bool:
    return change.action == "change" and "contract" in change.own
