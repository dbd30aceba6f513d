"""Tests the memory of what was sent: it survives a restart, is bounded, and may be damaged or read-only."""

import logging
from pathlib import Path

import pytest

from reports.delivery.delivery_log import MOST_KEYS, DeliveryLog
from tests.support.services.outside.webhook import NOON, Hook, World, alert, told


def test_what_waits_survives_a_restart(world: World, hook: Hook) -> None:
    hook.script = [(503, {})] * 3
    world.topic = [alert("a")]
    world.polled(world.pager(), 4)
    assert hook.tried == 1
    world.topic = []  # the topic has been trimmed, or is read on from the last position
    world.polled(world.pager(), 60)
    assert told(hook) == [("a", "firing")]


def test_what_a_failing_target_keeps_waiting_is_noted_once(world: World, hook: Hook) -> None:
    """Also what comes while it is not tried; and an end that comes meanwhile."""
    hook.script = [(503, {})] * 4
    pager = world.pager()
    world.topic = [alert("a")]
    world.polled(pager, 5)
    world.topic.append(alert("b"))
    world.polled(pager, 1)
    world.topic.append(alert("a", "resolved"))
    world.polled(pager, 1)
    late = [
        ("webhook", alert(name).key, state) for name, state in (("a", "firing"), ("b", "firing"), ("a", "resolved"))
    ]
    assert world.late == late and world.noted == []
    world.polled(pager, 120)
    assert world.late == late and len(world.noted) == 2
    world.topic.append(alert("c"))
    world.polled(pager, 10)
    assert world.late == late and len(world.noted) == 3


@pytest.mark.parametrize("content", [b'{"waiting": 3', b'{"over": ["\xe9"]}', b'{"over": ' + b"[" * 100_000])
def test_a_damaged_memory_is_put_aside_and_said(
    world: World, hook: Hook, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    world.file.write_bytes(content)
    world.topic = [alert("a")]
    world.polled(world.pager(), 5)
    assert told(hook) == [("a", "firing")]
    assert "may be sent again" in caplog.text
    assert world.file.with_suffix(".damaged").exists()


def test_a_memory_that_cannot_be_written_is_said_once(
    world: World, hook: Hook, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    (tmp_path / "a_file").write_text("")
    world.file = tmp_path / "a_file" / "alerts.json"
    pager = world.pager()
    world.topic = [alert("a")]
    world.polled(pager, 5)
    world.topic = [alert("b")]
    world.polled(pager, 5)
    assert told(hook) == [("a", "firing"), ("b", "firing")]
    assert [record.getMessage()[:20] for record in caplog.records] == ["cannot write the del"]


def test_a_position_is_never_ahead_of_a_memory_that_cannot_be_written(
    world: World, hook: Hook, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """On a full disk the position, which is small, could be stored without the waiting alert, which would be lost."""
    caplog.set_level(logging.INFO)
    (blocked := tmp_path / "render").write_text("")
    world.file, hook.script = blocked / "alerts.json", [(500, {})] * 3
    pager = world.pager()
    world.topic = [alert("a")]
    world.polled(pager, 5)
    assert (world.confirmed, hook.received) == (0, [])
    world.polled(world.pager(), 30)
    assert told(hook) == [("a", "firing")] and world.confirmed == 0
    blocked.unlink()
    world.polled(pager := world.pager(), 5)
    assert world.confirmed == 1
    assert "a:drift" in "".join(DeliveryLog(world.file).waiting) + "".join(DeliveryLog(world.file).firing)


def test_a_memory_is_written_as_soon_as_the_disk_has_room(
    world: World, hook: Hook, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Without waiting for the next alert."""
    caplog.set_level(logging.INFO)
    (blocked := tmp_path / "render").write_text("")
    world.file = blocked / "alerts.json"
    pager = world.pager()
    world.topic = [alert("a")]
    world.polled(pager, 5)
    blocked.unlink()
    world.polled(pager, 1)
    assert list(DeliveryLog(world.file).firing) == [world.topic[0].key] and world.confirmed == 1
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_the_memory_of_what_is_over_is_bounded(world: World) -> None:
    ledger = DeliveryLog(world.file)
    ledger.add((alert(f"f{number}", "resolved") for number in range(MOST_KEYS + 50)), NOON)
    ledger.save()
    assert len(DeliveryLog(world.file)._over) == MOST_KEYS
