"""What somebody else registered while one was about to: it is not taken back unseen."""

from collections.abc import Iterator

from governance.planning import Plan
from governance.registry import Registered


def taken_back(plan: Plan, seen: Registered, now: Registered) -> Iterator[str]:
    """Changes of definitions that were registered after the registry was `seen`; a reason was not given for them."""
    newer = {entry.key: entry for entry in now.history if entry.revision > seen.revision}
    for change in plan.changes:
        entry = newer.get(f"{change.subject}/{change.name}")
        if entry is not None and change.action != "add" and change.own:
            yield (
                f"{change.name}: {entry.act.by} registered it a moment ago, and this would take it back; "
                "merge that change first, then register again"
            )
