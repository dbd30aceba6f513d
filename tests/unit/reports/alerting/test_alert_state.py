"""Tests incidents: when they fire and resolve, what is muted, and their keys."""

from collections.abc import Sequence

import msgspec
import pytest

from reports.alert_keys import key_of
from reports.alerting.alert_state import QUIET, AlertState, Change, Evaluation, Policy, step
from tests.support.generators.seeds import rng_of, seeds

POLICY = Policy()
OVER, NEAR, CALM, MUTED = 2.0, 0.9, 0.5, None  # against a threshold of 1


def walk(
    scores: Sequence[float | None], policy: Policy = POLICY, since: AlertState = QUIET, first: int = 0
) -> list[tuple[AlertState, Change | None]]:
    """Returns an incident after each look, with its notification; the look of interval i begins at i * 100 ms."""
    steps, incident = [], since
    for place, score in enumerate(scores, first):
        look = None if score is None else Evaluation(score, 1.0, place * 100)
        incident, change = step(incident, look, policy)
        steps.append((incident, change))
    return steps


def changes(scores: Sequence[float | None], policy: Policy = POLICY) -> list[tuple[int, Change]]:
    return [(place, change) for place, (_, change) in enumerate(walk(scores, policy)) if change]


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([OVER, OVER, OVER], [(2, "firing")]),
        ([OVER, CALM, OVER, CALM, OVER], [(4, "firing")]),
        ([OVER, CALM, CALM, OVER, CALM, OVER], []),  # three of six
        ([1.0] * 9, []),  # the threshold itself is not over it
        ([OVER, OVER, CALM, CALM, CALM, CALM, OVER, OVER], []),
        ([OVER] * 3 + [CALM] * 3, [(2, "firing"), (5, "resolved")]),
        ([OVER] * 3 + [NEAR] * 9, [(2, "firing")]),  # below the threshold, but not calm
        ([OVER] * 3 + [CALM, CALM, NEAR, CALM, CALM, CALM], [(2, "firing"), (8, "resolved")]),
        ([OVER] * 3 + [0.8] * 3, [(2, "firing"), (5, "resolved")]),
        ([OVER, MUTED, OVER, MUTED, MUTED, OVER], [(5, "firing")]),
        ([OVER] * 3 + [CALM, MUTED, CALM, MUTED, CALM], [(2, "firing"), (7, "resolved")]),
        ([MUTED] * 9, []),
    ],
)
def test_what_is_told(scores: Sequence[float | None], expected: list[tuple[int, Change]]) -> None:
    assert changes(scores) == expected


def test_phases_and_onset() -> None:
    incidents = [incident for incident, _ in walk([CALM, OVER, CALM, OVER, OVER, OVER, CALM, NEAR, CALM, CALM, CALM])]
    phases = ["ok", "pending", "pending", "pending", "firing", "firing"]
    assert [incident.phase for incident in incidents] == [
        *phases, "resolving", "firing", "resolving", "resolving", "ok",
    ]  # fmt: skip
    assert {incident.onset_ms for incident in incidents[1:]} == {100}
    assert [incident.looks for incident in incidents] == list(range(11))


def test_nothing_fires_while_it_cools_down() -> None:
    again = [OVER] * 3 + [CALM] * 3 + [OVER] * 6
    assert changes(again, Policy(cooldown=0)) == [(2, "firing"), (5, "resolved"), (8, "firing")]
    assert changes(again, Policy(cooldown=3)) == [(2, "firing"), (5, "resolved"), (9, "firing")]
    assert changes(again, Policy(cooldown=5)) == [(2, "firing"), (5, "resolved"), (11, "firing")]


def test_a_second_incident_has_an_onset_and_a_key_of_its_own() -> None:
    steps = walk([OVER] * 3 + [CALM] * 3 + [OVER] * 6, Policy(cooldown=0))
    onsets = [incident.onset_ms for incident, change in steps if change == "firing"]
    assert onsets == [0, 600]
    assert len({key_of("f", "drift", "reference", onset) for onset in onsets}) == 2


def test_a_key_is_the_same_whatever_is_replayed_and_tells_incidents_apart() -> None:
    parts = [("f", "drift", "psi", 1), ("g", "drift", "psi", 1), ("f", "violations", "psi", 1), ("f", "drift", "js", 1)]
    keys = [key_of(*part) for part in [*parts, ("f", "drift", "psi", 2)]]
    assert len(set(keys)) == 5 and all(len(key) == 16 for key in keys)
    assert keys[0] == key_of("f", "drift", "psi", 1)


@pytest.mark.parametrize("seed", seeds(5))
def test_going_on_from_bytes_changes_nothing(seed: int) -> None:
    rng = rng_of(seed)
    choices: list[float | None] = [OVER, NEAR, CALM, MUTED]
    scores = [choices[place] for place in rng.integers(0, 4, 60)]
    half = int(rng.integers(1, 59))
    before = walk(scores[:half])
    restored = AlertState.load(before[-1][0].dump())
    assert restored == before[-1][0]
    assert before + walk(scores[half:], since=restored, first=half) == walk(scores)


@pytest.mark.parametrize("seed", seeds(5))
def test_firing_and_resolved_take_turns(seed: int) -> None:
    choices: list[float | None] = [OVER, OVER, CALM, CALM, MUTED]
    transitions = changes([choices[place] for place in rng_of(seed).integers(0, 5, 400)], Policy(resolve=2))
    assert [change for _, change in transitions] == ["firing", "resolved"] * (len(transitions) // 2) + ["firing"] * (
        len(transitions) % 2
    )
    assert len(transitions) > 2


def test_a_threshold_of_nothing_can_be_passed_and_left() -> None:
    incident = QUIET
    for score in (0.1, 0.1, 0.1):
        incident, _ = step(incident, Evaluation(score, 0.0, 0), POLICY)
    assert incident.phase == "firing"
    for _ in range(3):
        incident, change = step(incident, Evaluation(0.0, 0.0, 0), POLICY)
    assert change == "resolved"


def test_bytes_of_another_version_are_refused() -> None:
    with pytest.raises(ValueError, match="version 7; expected version 1"):
        AlertState.load(msgspec.msgpack.encode((7, QUIET)))
