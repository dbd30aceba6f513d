"""Checks that the partitions of a recovery store belong to one store and one moment.

The engine checks only the partition that holds its `fronts`. A partition older than the others would give old states to
some shards and old positions to some readers: events would be counted twice, or not at all.
"""

from datetime import timedelta

from dataflows.runtime.recovery.store import RecoveryRefused, RecoveryStore, StorePartition

BETWEEN = 1
"""Most epochs that partitions may differ by: a process may be killed between their commits."""
MADE_WITHIN = timedelta(minutes=10)


def refuse_mixed(store: RecoveryStore, whole: bool) -> None:
    """Raises RecoveryRefused. `whole`: all partitions must be in this folder, not only some of a cluster's."""
    _refuse_strangers(store)
    if whole:
        _refuse_missing(store)
    if not store.missing:
        _refuse_ahead(store)
    _refuse_behind(store)


def _refuse_strangers(store: RecoveryStore) -> None:
    first = store.partitions[0]
    for partition in store.partitions:
        name = partition.path.name
        if partition.count != first.count:
            counts = f"{name} is one of {partition.count} partitions, {first.path.name} one of {first.count}"
            raise _refused(store, counts)
        if name != f"part-{partition.index}.sqlite3":
            raise _refused(store, f"{name} is a copy of partition {partition.index}")
        if abs(partition.made - first.made) > MADE_WITHIN:
            times = f"{name} was created at {partition.made} and {first.path.name} at {first.made} (UTC)"
            raise _refused(store, times)


def _refuse_missing(store: RecoveryStore) -> None:
    missing = [f"part-{index}.sqlite3" for index in store.missing]
    if missing:
        raise _refused(store, f"partitions are missing: {', '.join(missing)} of {store.partitions[0].count}")


def _refuse_ahead(store: RecoveryStore) -> None:
    fronts = [number for partition in store.partitions for number, _ in partition.fronts]
    if max(fronts, default=0) > max(store.executions, default=0):
        raise _refused(store, "the partition that recorded the last execution is older than the others")
    ahead = [partition for partition in store.partitions if partition.committed >= store.resume_epoch]
    if ahead:
        raise _older(store, [partition for partition in store.partitions if partition.fronts], ahead)


def _refuse_behind(store: RecoveryStore) -> None:
    newest = max(partition.committed for partition in store.partitions)
    behind = [partition for partition in store.partitions if partition.committed < newest - BETWEEN]
    if behind:
        raise _older(store, behind, [partition for partition in store.partitions if partition.committed == newest])


def _older(store: RecoveryStore, old: list[StorePartition], new: list[StorePartition]) -> RecoveryRefused:
    def listed(partitions: list[StorePartition]) -> str:
        return (
            ", ".join(f"{partition.path.name} (epoch {partition.committed})" for partition in partitions)
            or "a partition"
        )

    return _refused(store, f"{listed(old)} is older than {listed(new)}")


def _refused(store: RecoveryStore, why: str) -> RecoveryRefused:
    return RecoveryRefused(
        f"recovery store {store.folder}: {why}; resuming would count events twice or lose them. Restore all "
        f"partitions from one backup, or move {store.folder} away and create a new store there"
    )
