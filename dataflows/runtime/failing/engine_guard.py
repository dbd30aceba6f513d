"""Guards every call of the engine into Python, so that a failure never unwinds through Rust.

A flow consists of a few core steps; everything they call is wrapped in a guard, which costs 0.2 us a batch.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any, NoReturn, ParamSpec, TypeVar

from bytewax.dataflow import Dataflow, Operator
from bytewax.inputs import AbortExecution, FixedPartitionedSource, StatefulSourcePartition
from bytewax.operators import StatefulBatchLogic
from bytewax.outputs import DynamicSink, FixedPartitionedSink, Sink, StatefulSinkPartition, StatelessSinkPartition

P = ParamSpec("P")
R = TypeVar("R")
End = Callable[[BaseException], NoReturn]


def guarded(flow: Dataflow, end: End, begun: Callable[[], None] = lambda: None) -> Dataflow:
    """Guards the steps of the flow in place: `end` receives every exception and does not return.

    `begun` is called whenever a source is asked for its partitions, which is the first thing the engine does.
    """
    guards = _GUARDS | {"source": partial(_Source, begun=begun)}
    for step in _core_steps(flow.substeps):
        for name, guard in guards.items():
            if hasattr(step, name):
                object.__setattr__(step, name, guard(getattr(step, name), end))  # steps are frozen
    return flow


def _core_steps(steps: Iterable[Operator]) -> Iterable[Operator]:
    for step in steps:
        if getattr(step, "core", False):
            yield step
        yield from _core_steps(step.substeps)


def _call(call: Callable[P, R], end: End) -> Callable[P, R]:
    def guarded_call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except (StopIteration, AbortExecution):  # by these a source signals its end
            raise
        except Exception as error:
            end(error)

    return guarded_call


def _mapper(call: Callable[[list[Any]], Iterable[Any]], end: End) -> Callable[[list[Any]], list[Any]]:
    """Wraps a mapper so that its output is computed inside the guard, not while the engine consumes it."""
    return _call(lambda items: list(call(items)), end)


class _Source(FixedPartitionedSource[Any, Any]):
    def __init__(self, source: FixedPartitionedSource[Any, Any], end: End, *, begun: Callable[[], None]) -> None:
        self._list_parts, self._end, self._begun = _call(source.list_parts, end), end, begun
        self._build = _call(source.build_part, end)

    def list_parts(self) -> list[str]:
        self._begun()
        return self._list_parts()

    def build_part(self, step_id: str, for_part: str, resume_state: Any) -> "_SourcePartition":
        return _SourcePartition(self._build(step_id, for_part, resume_state), self._end)


class _SourcePartition(StatefulSourcePartition[Any, Any]):
    def __init__(self, part: StatefulSourcePartition[Any, Any], end: End) -> None:
        self._next_batch, self._next_awake = _call(part.next_batch, end), _call(part.next_awake, end)
        self._snapshot, self._close = _call(part.snapshot, end), _call(part.close, end)

    def next_batch(self) -> Iterable[Any]:
        return self._next_batch()

    def next_awake(self) -> datetime | None:
        return self._next_awake()

    def snapshot(self) -> Any:
        return self._snapshot()

    def close(self) -> None:
        self._close()


def _sink(sink: Sink[Any], end: End) -> Sink[Any]:
    """Wraps a sink in a guarded one of the same kind."""
    if isinstance(sink, FixedPartitionedSink):
        return _Sink(sink, end)
    return _DynamicSink(sink, end)


class _DynamicSink(DynamicSink[Any]):
    def __init__(self, sink: Any, end: End) -> None:
        self._build, self._end = _call(sink.build, end), end

    def build(self, step_id: str, worker_index: int, worker_count: int) -> "_StatelessPartition":
        return _StatelessPartition(self._build(step_id, worker_index, worker_count), self._end)


class _StatelessPartition(StatelessSinkPartition[Any]):
    def __init__(self, part: StatelessSinkPartition[Any], end: End) -> None:
        self._write, self._close = _call(part.write_batch, end), _call(part.close, end)

    def write_batch(self, items: list[Any]) -> None:
        self._write(items)

    def close(self) -> None:
        self._close()


class _Sink(FixedPartitionedSink[Any, Any]):
    def __init__(self, sink: FixedPartitionedSink[Any, Any], end: End) -> None:
        self._list_parts, self._part_fn = _call(sink.list_parts, end), _call(sink.part_fn, end)
        self._build, self._end = _call(sink.build_part, end), end

    def list_parts(self) -> list[str]:
        return self._list_parts()

    def part_fn(self, item_key: str) -> int:
        return self._part_fn(item_key)

    def build_part(self, step_id: str, for_part: str, resume_state: Any) -> "_SinkPartition":
        return _SinkPartition(self._build(step_id, for_part, resume_state), self._end)


class _SinkPartition(StatefulSinkPartition[Any, Any]):
    def __init__(self, part: StatefulSinkPartition[Any, Any], end: End) -> None:
        self._write, self._snapshot = _call(part.write_batch, end), _call(part.snapshot, end)
        self._close = _call(part.close, end)

    def write_batch(self, values: list[Any]) -> None:
        self._write(values)

    def snapshot(self) -> Any:
        return self._snapshot()

    def close(self) -> None:
        self._close()


class _Logic(StatefulBatchLogic[Any, Any, Any]):
    def __init__(self, logic: StatefulBatchLogic[Any, Any, Any], end: End) -> None:
        self._on_batch = _call(lambda values: _materialized(logic.on_batch(values)), end)
        self._on_notify = _call(lambda: _materialized(logic.on_notify()), end)
        self._on_eof = _call(lambda: _materialized(logic.on_eof()), end)
        self._notify_at, self._snapshot = _call(logic.notify_at, end), _call(logic.snapshot, end)

    def on_batch(self, values: list[Any]) -> tuple[Iterable[Any], bool]:
        return self._on_batch(values)

    def on_notify(self) -> tuple[Iterable[Any], bool]:
        return self._on_notify()

    def on_eof(self) -> tuple[Iterable[Any], bool]:
        return self._on_eof()

    def notify_at(self) -> datetime | None:
        return self._notify_at()

    def snapshot(self) -> Any:
        return self._snapshot()


def _materialized(outcome: tuple[Iterable[Any], bool]) -> tuple[Iterable[Any], bool]:
    """Computes a lazy output."""
    emitted, discard = outcome
    return list(emitted), discard


def _builder(build: Callable[[Any], StatefulBatchLogic[Any, Any, Any]], end: End) -> Callable[[Any], _Logic]:
    guarded_build = _call(build, end)
    return lambda state: _Logic(guarded_build(state), end)


_GUARDS: dict[str, Callable[[Any, End], Any]] = {
    "sink": _sink,
    "mapper": _mapper,
    "predicate": _call,
    "builder": _builder,
}
"""Guards of the callables that core steps hold besides sources, by attribute name."""
