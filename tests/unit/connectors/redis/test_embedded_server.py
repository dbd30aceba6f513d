"""Tests the embedded Redis of a folder: shared by processes, outlives those that die, stopped by the last."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from connectors.redis import embedded_server
from connectors.redis.client import connect
from connectors.redis.embedded_server import EmbeddedRedisError
from connectors.redis.endpoints.sink import RedisSink
from tests.support.services.redis_rows import many, never, read_entity, write

OTHER = """
import sys
from pathlib import Path
from connectors.redis.client import connect
client = connect(None, Path(sys.argv[1]))
client.hset("fs:user:u1", mapping={"a": sys.argv[2]})
print("ready", flush=True)
sys.stdin.readline()
"""


def other_process(var: Path, value: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", OTHER, str(var), value]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def end(process: subprocess.Popen[str], kill: bool = False) -> None:
    if kill:
        process.kill()
    process.communicate(input=None if kill else "\n", timeout=30)


def server_process(var: Path) -> int:
    return int(connect(None, var).info("server")["process_id"])


def gone(process: int) -> bool:
    for _ in range(200):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        if (Path("/proc") / str(process) / "stat").read_text().split()[2] == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.mark.usefixtures("programs")
def test_processes_of_a_folder_share_an_embedded_server(tmp_path: Path) -> None:
    first, second = other_process(tmp_path, "1"), other_process(tmp_path, "2")
    client = connect(None, tmp_path)
    assert read_entity(client, "fs", "user", "u1") == {"a": "2"}
    server = server_process(tmp_path)
    client.close()
    end(first)
    embedded_server.release(tmp_path)
    assert not gone_at_once(server), "the second process still uses it"
    end(second)
    assert gone(server), "the last to leave stops it"
    client = connect(None, tmp_path)
    assert read_entity(client, "fs", "user", "u1") == {"a": "2"}
    embedded_server.release(tmp_path)


def gone_at_once(process: int) -> bool:
    return not (Path("/proc") / str(process)).exists()


def test_an_embedded_server_outlives_a_killed_process_and_is_used_again(tmp_path: Path) -> None:
    end(other_process(tmp_path, "1"), kill=True)
    assert read_entity(connect(None, tmp_path), "fs", "user", "u1") == {"a": "1"}
    embedded_server.release(tmp_path)
    assert not (tmp_path / "redis.sock").exists()


def test_what_a_killed_embedded_server_left_behind_is_no_obstacle(tmp_path: Path) -> None:
    connect(None, tmp_path).hset("k", "a", "1")
    connect(None, tmp_path).save()
    os.kill(server_process(tmp_path), signal.SIGKILL)
    (tmp_path / "redis.pid").write_text("1")
    time.sleep(0.1)
    assert (tmp_path / "redis.sock").exists()
    assert connect(None, tmp_path).hget("k", "a") == b"1"
    embedded_server.release(tmp_path)


def test_the_sink_brings_a_dead_embedded_server_back(tmp_path: Path) -> None:
    partition = RedisSink(None, tmp_path, 1, lambda writes: None, never).build_part("out", "0", None)
    write(partition, many("k", 10, 1))
    os.kill(server_process(tmp_path), signal.SIGKILL)
    write(partition, many("k", 10, 2))
    assert read_entity(connect(None, tmp_path), "k", "user", "u9")["a"] == "2.9"
    partition.close()
    embedded_server.release(tmp_path)


@pytest.mark.long
def test_the_sink_waits_for_a_hung_embedded_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = list[int]()
    sink = RedisSink(None, tmp_path, 1, lambda writes: written.append(len(writes.keys)), never, timeout_s=0.2)
    partition, server = sink.build_part("out", "0", None), server_process(tmp_path)
    monkeypatch.setattr(embedded_server, "_ANSWER_S", 0.2)  # only now: a busy machine takes longer to start it
    os.kill(server, signal.SIGSTOP)
    resume = threading.Timer(1.0, os.kill, [server, signal.SIGCONT])
    resume.start()
    write(partition, many("k", 10, 1))
    resume.join(60)
    assert written == [10]
    partition.close()
    embedded_server.release(tmp_path)


def test_a_deep_folder_gets_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    assert connect(None, deep).ping()
    socket = embedded_server.socket_path(deep)
    assert len(os.fsencode(socket)) <= 100
    assert socket.exists()
    embedded_server.release(deep)
    assert (deep / "redis.rdb").exists()
    assert not socket.exists()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "redis.rdb").write_bytes(b"REDIS0009" + b"\x99" * 50)
    with pytest.raises(EmbeddedRedisError, match=r"did not start: .*; its data is .*redis.rdb: move that file"):
        connect(None, tmp_path)
