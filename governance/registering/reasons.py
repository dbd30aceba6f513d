"""Which changes are destructive: they are registered with a reason, which is recorded."""

from collections.abc import Iterator

from governance.planning import Change, Plan

WAY_OUT = "say why with --reason; the reason is recorded"


def without_reason(plan: Plan) -> Iterator[str]:
    """Why these changes may not be made as long as there is no reason."""
    for change in plan.changes:
        if change.action == "remove":
            yield f"{change.name}: the {change.subject} would be removed; {WAY_OUT}"
        elif _breaks(change):
            keys = ", ".join(field.name for field in change.fields if field.name != "version") or "version"
            yield f"{change.name}: its contract would change ({keys}); {WAY_OUT}"


def _breaks(change: Change) -> bool:
    return change.action == "change" and "contract" in change.own
