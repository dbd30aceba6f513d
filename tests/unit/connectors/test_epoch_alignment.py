"""Tests that inputs that drift apart are kept together, in a simulation of how the engine ends epochs."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from connectors.reading.epoch_alignment import AlignedSource, EpochAligner
from tests.support.generators.seeds import seeds

pytestmark = pytest.mark.long

INTERVAL_S, LOOP_S = 10.0, 0.004


class Clock:
    """The wall clock of the simulation."""

    def __init__(self) -> None:
        self.now = 1_900_000_000.0

    def __call__(self) -> float:
        return self.now


class Sleeping(FixedPartitionedSource[int, int], StatefulSourcePartition[int, int]):
    """Asks to run again after so many seconds; at once for zero."""

    def __init__(self, clock: Clock, sleep_s: float) -> None:
        self._clock, self._sleep_s = clock, sleep_s

    def list_parts(self) -> list[str]:
        return ["0"]

    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> "Sleeping":
        return self

    def next_batch(self) -> list[int]:
        return []

    def next_awake(self) -> datetime | None:
        if not self._sleep_s:
            return None
        return datetime.fromtimestamp(self._clock(), UTC) + timedelta(seconds=self._sleep_s)

    def snapshot(self) -> int:
        return 0


@dataclass
class Input:
    """The engine's state of an input, after its `partitioned_input`."""

    part: StatefulSourcePartition[int, int]
    started: float
    awake: float = 0.0
    epoch: int = 0
    blocked: list[float] = field(default_factory=list)  # seconds, by epoch

    def run(self, clock: Clock, pause: float, open_epoch: int, unblocked: float) -> None:
        """Activates it; epochs up to `open_epoch` may be worked on, the newest since `unblocked`."""
        if self.epoch > open_epoch:
            return
        if len(self.blocked) < self.epoch:
            self.blocked.append(max(0.0, unblocked - self.started))
        now = clock()
        if now >= self.awake:
            self.part.next_batch()
            clock.now += pause
            wanted = self.part.next_awake()
            self.awake = now if wanted is None else wanted.timestamp()
        if now - self.started >= INTERVAL_S:
            self.part.snapshot()
            self.started, self.epoch = now, self.epoch + 1


def simulated(
    parts: Callable[[Clock], list[Any]], epochs: int, rng: random.Random, late_s: tuple[float, ...] = ()
) -> list[Input]:
    """Runs inputs, some of them started late, for so many epochs; finishing one takes the outputs up to 0.2 s."""
    clock = Clock()
    made = parts(clock)
    inputs = [Input(part, clock() + late) for part, late in zip(made, late_s or [0.0] * len(made), strict=True)]
    done, unblocked = 0, clock()
    while done < epochs:
        clock.now += rng.uniform(0, LOOP_S)
        for source in inputs:
            if clock() >= source.awake or source.epoch > done:
                source.run(clock, rng.uniform(0, LOOP_S), done, unblocked)
        if all(source.epoch > done for source in inputs):
            clock.now += rng.uniform(0.05, 0.2)
            done, unblocked = done + 1, clock()
        else:
            clock.now = max(clock.now, min(source.awake for source in inputs if source.epoch <= done))
    return inputs


def build(clock: Clock, epochs: EpochAligner | None, *sleeps_s: float) -> list[StatefulSourcePartition[int, int]]:
    sources = [Sleeping(clock, sleep_s) for sleep_s in sleeps_s]
    paced = sources if epochs is None else [AlignedSource(source, epochs) for source in sources]
    return [source.build_part("in", "0", None) for source in paced]


@pytest.mark.parametrize("seed", seeds(3))
@pytest.mark.parametrize("sleeps_s", [(0.0, 0.25), (0.0, 0.5, 0.25), (0.002, 0.0, 0.25)])
def test_inputs_that_are_paced_do_not_drift_apart(seed: int, sleeps_s: tuple[float, ...]) -> None:
    """Unpaced, the wait for the sleeping input grows to seconds; paced, it equals the time of the outputs."""
    epochs = 60
    alone = simulated(lambda clock: build(clock, None, *sleeps_s), epochs, rng_of_python(seed))
    paced = simulated(lambda clock: build(clock, EpochAligner(clock), *sleeps_s), epochs, rng_of_python(seed))
    assert max(max(source.blocked[-20:]) for source in alone) > 5.0
    assert max(max(source.blocked[5:]) for source in paced) < 0.3


def test_inputs_of_another_process_that_are_behind_are_let_catch_up() -> None:
    """Two processes, each with an input that sleeps and one that does not; the second is behind by two seconds."""
    rng = rng_of_python(4)

    def parts(clock: Clock) -> list[StatefulSourcePartition[int, int]]:
        return build(clock, EpochAligner(clock), 0.0, 0.25) + build(clock, EpochAligner(clock), 0.0, 0.25)

    inputs = simulated(parts, max(100, len(seeds(400))), rng, late_s=(0.0, 0.0, 2.0, 2.0))
    assert max(max(source.blocked[1:5]) for source in inputs) > 1.5
    assert max(max(source.blocked[-20:]) for source in inputs) < 0.6


def test_a_clock_that_is_set_back_holds_nobody() -> None:
    clock = Clock()
    epochs = EpochAligner(clock)
    (part,) = build(clock, epochs, 0.0)
    for seconds in (0.0, 10.0, 20.0, -600.0, -590.0, -580.0):
        clock.now = 1_900_000_000.0 + seconds
        part.next_batch()
        part.snapshot()
        clock.now += 0.1
        part.next_batch()
        assert part.next_awake() is None
    assert epochs.interval == pytest.approx(10.0)


def test_short_epochs_are_left_alone() -> None:
    clock = Clock()
    (part,) = build(clock, EpochAligner(clock), 0.5)
    for _ in range(5):
        part.next_batch()
        assert part.next_awake() == datetime.fromtimestamp(clock(), UTC) + timedelta(seconds=0.5)
        part.snapshot()
        clock.now += 0.1


def rng_of_python(seed: int) -> random.Random:
    print("seed", seed)
    return random.Random(seed)
