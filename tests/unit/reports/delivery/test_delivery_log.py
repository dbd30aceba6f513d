"""Tests the memory of what was sent: it survives a restart, is bounded, and may be damaged or read-only."""

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


def test_a_damaged_memory_is_put_aside_and_said(world: World, hook: Hook, caplog: pytest.LogCaptureFixture) -> None:
    world.file.write_bytes(b'{"waiting": 3')
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


def test_the_memory_of_what_is_over_is_bounded(world: World) -> None:
    ledger = DeliveryLog(world.file)
    ledger.add((alert(f"f{number}", "resolved") for number in range(MOST_KEYS + 50)), NOON)
    ledger.save()
    assert len(DeliveryLog(world.file)._over) == MOST_KEYS
