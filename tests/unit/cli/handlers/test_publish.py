"""Tests `headrace publish` in use: names, keys, pipes, rejected lines, stops."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.handlers.line_reader import LONGEST
from cli.handlers.publish import key_of
from connectors.pulsar import PulsarConnection, PulsarSource
from tests.support.broker.readers import everything
from tests.support.broker.topics import topic_of
from tests.support.programs.command_line import headrace, lines_of
from tests.support.waiting import await_that

RAW = "raw-order-events"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("order", ["did you mean orders", "persistent://public/default/order"]),
        (RAW, ["neither a source nor the full name of a topic", f"persistent://public/default/{RAW}"]),
        (f"public/default/{RAW}", [f"persistent://public/default/{RAW}"]),
        ("", ["neither a source nor the full name of a topic"]),
        (f"persistent://public/{RAW}", ["expected persistent://tenant/namespace/name"]),
        (f"non-persistent://public/default/{RAW}", ["expected persistent://tenant/namespace/name"]),
        ("http://public/default/x", ["expected persistent://tenant/namespace/name"]),
    ],
)
def test_a_name_that_is_no_topic_sends_nothing(specs: Path, tmp_path: Path, name: str, words: list[str]) -> None:
    result = headrace("publish", name, stdin="{}\n")
    assert result.exit_code == 2
    assert [word for word in words if word not in result.output] == []
    assert not (tmp_path / "var" / "topics").exists()


def test_a_topic_in_full_needs_no_source(specs: Path, tmp_path: Path) -> None:
    assert headrace("publish", "persistent://public/default/side", stdin="{}\n").exit_code == 0
    assert lines_of(tmp_path / "var", "side").count("\n") == 1


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (b'{"id": 7}', "7"),
        (b'{"id": "\xc3\xa9"}', "\u00e9"),
        (b'\xef\xbb\xbf{"id": "u1"}', "u1"),
        (b'{"id": "u1", "x": NaN}', "u1"),
        (b'{"id": "a\\nb"}', "a\nb"),
        (b'{"id": null}', ""),
        (b'{"id": {"a": 1}}', ""),
        (b'{"id": [1]}', ""),
        (b'{"id": "u1", "x": "caf\xe9"}', ""),
        (b'{"id": "u1", "x": ' + b"[" * 9_000 + b"]" * 9_000 + b"}", ""),
        (b'{"id": "\\ud800"}', ""),
        (b'{"id": "%b"}' % (b"x" * 2_400_000), ""),
        (b"\x00\x01\xff", ""),
        (b"7", ""),
    ],
    ids=lambda of: str(of)[:30],
)
def test_a_line_without_a_usable_key_has_none(line: bytes, key: str) -> None:
    assert key_of(line, "id") == key


def test_lines_that_no_broker_takes_are_told_and_all_others_are_sent(specs: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_bytes(b'{"a": 1}\n\n' + b"x" * (LONGEST + 1) + b'\n\x00\xff{\r\n{"a": 2}')
    result = headrace("publish", "orders", str(events), "--key", "a")
    assert result.exit_code == 1
    assert f"line 3 was not sent: it has {LONGEST + 1:,} bytes" in result.output
    assert "sent 3 messages" in result.output
    assert lines_of(tmp_path / "var", RAW).count("\n") == 3


class Publishing:
    """`headrace publish orders` in a separate process, with a pipe to it."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "cli.main", "publish", "orders", *arguments]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def write(self, text: str) -> None:
        """Writes to the pipe and leaves it open."""
        assert self._process.stdin is not None
        self._process.stdin.write(text)
        self._process.stdin.flush()

    def interrupt(self) -> None:
        """Sends Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def ended(self) -> tuple[int, str]:
        """Returns the exit code and the output."""
        _, output = self._process.communicate(timeout=60)
        return self._process.returncode, output


@pytest.mark.usefixtures("programs")
def test_a_pipe_is_sent_as_it_comes(specs: Path, tmp_path: Path) -> None:
    publishing = Publishing()
    publishing.write('{"a": 1}\n{"a": ')
    await_that(lambda: lines_of(tmp_path / "var", RAW).count("\n") == 1)
    publishing.write("2}\n")
    await_that(lambda: lines_of(tmp_path / "var", RAW).count("\n") == 2)
    publishing.write('{"a": 3}')
    assert publishing.ended() == (0, f"sent 3 messages to persistent://public/default/{RAW}\n")
    assert lines_of(tmp_path / "var", RAW).count("\n") == 3


@pytest.mark.usefixtures("programs")
def test_ctrl_c_says_how_many_were_sent(specs: Path, tmp_path: Path) -> None:
    publishing = Publishing()
    publishing.write('{"a": 1}\n')
    await_that(lambda: lines_of(tmp_path / "var", RAW).count("\n") == 1)
    publishing.interrupt()
    assert publishing.ended() == (1, f"stopped before the end: sent 1 message to persistent://public/default/{RAW}\n")


def stored(pulsar: PulsarConnection, topic: str) -> list[bytes]:
    """Returns everything that a topic of the broker holds."""
    source = PulsarSource(topic, pulsar, start="earliest", bounded=True, stopping=lambda: False, clock=lambda: 0)
    return [payload for payloads in everything(source).values() for payload in payloads]


def test_a_pipe_to_pulsar(specs: Path, pulsar: PulsarConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    topic = topic_of(pulsar, "published", [], partitions=2)
    monkeypatch.setenv("HEADRACE_PULSAR_URL", pulsar.url)
    monkeypatch.setenv("HEADRACE_PULSAR_ADMIN_URL", pulsar.admin_url)
    source = specs / "sources" / "orders.yaml"
    source.write_text(source.read_text().replace("persistent://public/default/raw-order-events", topic))
    publishing = Publishing("--key", "id")
    publishing.write('{"id": 1}\n')
    await_that(lambda: len(stored(pulsar, topic)) == 1)
    publishing.write('{"id": 2}\nbroken {\n' + "x" * LONGEST + "\n" + "x" * (LONGEST + 1) + "\n")
    publishing.write('{"id": 3}')
    code, output = publishing.ended()
    assert (code, "sent 5 messages" in output, "line 5 was not sent" in output) == (1, True, True), output
    assert len(stored(pulsar, topic)) == 5
