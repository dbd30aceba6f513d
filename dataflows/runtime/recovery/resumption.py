"""Determines what a run resumes from its recovery store, and which steps missed a run.

At the start of every run each shard is woken, and each reader stores its position at the end of every epoch. So a step
without a snapshot since the last run began was not part of that run: its state lacks everything since.
"""

import logging
from dataclasses import dataclass

from dataflows.runtime.process.engine_options import EngineOptions
from dataflows.runtime.recovery.checks import refuse_mixed
from dataflows.runtime.recovery.store import RecoveryRefused, RecoveryStore, read_store

log = logging.getLogger(__name__)

FLOW = "headrace"


@dataclass(frozen=True, slots=True)
class Resumption:
    """Steps by name: those that continue where the last run ended, and those whose state is too old.

    If only some partitions of a store are visible, no step is known, and all are assumed to continue.

    >>> Resumption(current=frozenset({"read_orders"})).goes_on("read_orders")
    True
    """

    current: frozenset[str] = frozenset()
    missed: frozenset[str] = frozenset()
    unknown: bool = False

    @property
    def is_first(self) -> bool:
        """Returns whether no earlier run left a state."""
        return self == NOTHING

    def goes_on(self, step: str) -> bool:
        """Returns whether the step continues a state without a gap."""
        return self.unknown or step in self.current


NOTHING = Resumption()


def resumption_of(options: EngineOptions, shards: int) -> Resumption:
    """Returns what can be resumed. Raises RecoveryRefused if the store must not be resumed."""
    if options.recovery is None:
        return NOTHING
    store = read_store(options.recovery)
    refuse_mixed(store, whole=options.alone)
    if store.missing:
        log.warning("%s: partitions are missing, so a step that missed a run cannot be detected", store.folder)
        return Resumption(unknown=True)
    begun, newest = store.last_begun, _by_step(store)
    if begun is None:
        return NOTHING
    current = frozenset(step for step, keys in newest.items() if max(keys.values()) >= begun)
    _refuse_other_shards(store, {step: newest[step] for step in current}, shards)
    return Resumption(current, frozenset(newest) - current)


def _by_step(store: RecoveryStore) -> dict[str, dict[str, int]]:
    newest = store.newest_snapshots()
    return {step.removeprefix(f"{FLOW}."): keys for step, keys in newest.items()}


def _refuse_other_shards(store: RecoveryStore, newest: dict[str, dict[str, int]], shards: int) -> None:
    """Raises RecoveryRefused for another number of shards, which would put the state of entities into wrong shards."""
    for step, keys in newest.items():
        if not step.startswith("windows_"):
            continue
        made_with = max(map(int, keys)) + 1
        if made_with != shards:
            raise RecoveryRefused(
                f"recovery store {store.folder}: its state is cut into {made_with} shards, HEADRACE_SHARDS is "
                f"{shards}; set it back to {made_with}, or start with a new store"
            )
