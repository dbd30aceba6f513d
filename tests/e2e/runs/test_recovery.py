"""Tests a run killed, drained, without Redis or broker for a while, rescaled: nothing lost, counted twice or reversed.

HEADRACE_TEST_KILLS is the number of seeds of the kill test, by default two.
"""

import os
import signal
import subprocess
import threading
import time
import uuid
from pathlib import Path

import numpy as np
import pytest

from connectors.pulsar import PulsarConnection
from tests.support.broker.broker import Broker
from tests.support.programs.shop_deployment import PREFIX, Shop
from tests.support.services.ports import free_port
from tests.support.services.redis_server import RedisServer
from tests.support.waiting import await_that

SEEDS = int(os.environ.get("HEADRACE_TEST_KILLS", "2"))
KILLS = 3
AWAY_S = 10.0
WHOLE, IN_INCREMENTS = "dataflows.features", "tests.support.programs.incremental_flow"


class Watcher(threading.Thread):
    """Reads the versions of some users again and again; records every step back."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(daemon=True)
        self.steps_back: list[str] = []
        self.looks = 0
        self.over = threading.Event()
        self._store = shop.store

    def __enter__(self) -> "Watcher":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.join(240)

    def run(self) -> None:
        seen: dict[str, tuple[int, int]] = {}
        while not self.over.wait(0.005):
            for user in ("u1", "u2", "u3", "u4", "u5"):
                as_of, seq, gone = self._store.hmget(f"{PREFIX}:user:{user}", "_as_of", "_seq", "_gone")
                version = (int(as_of or 0), -1 if gone else int(seq or 0))
                if version < seen.get(user, version):
                    self.steps_back.append(f"{user}: {seen[user]} -> {version}")
                seen[user] = version
                self.looks += 1


def shop_in(folder: Path, pulsar: PulsarConnection, redis_url: str, flow: str = WHOLE) -> Shop:
    return Shop(folder, pulsar, redis_url, f"shop-{uuid.uuid4().hex[:8]}", flow)


def kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(60)


def sell_and_kill(shop: Shop, rng: np.random.Generator, flow: str) -> None:
    """Starts a run while the shop sells, and kills it at a random moment."""
    shop.sell(rng, 2_000)
    process = shop.start()
    if flow == IN_INCREMENTS:
        shop.sell_until_based(rng)
    time.sleep(float(rng.uniform(2.0, 5.0)))
    shop.sell(rng, 2_000)
    time.sleep(float(rng.uniform(0.0, 1.0)))
    kill(process)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_killed_at_any_moment_it_is_exact(
    seed: int, tmp_path: Path, pulsar: PulsarConnection, own_redis: RedisServer
) -> None:
    rng, flow = np.random.default_rng(seed), IN_INCREMENTS if seed % 2 else WHOLE
    print("seed", seed, "shards", flow)
    shop = shop_in(tmp_path, pulsar, own_redis.url, flow)
    with Watcher(shop) as watcher:
        for _ in range(KILLS):
            sell_and_kill(shop, rng, flow)
        with shop.running():
            print(f"right {shop.wait_until_right():.1f} s after the last start")
    assert watcher.looks > 100
    assert watcher.steps_back == []
    assert bool(shop.bases()) == (flow == IN_INCREMENTS)


def test_a_drain_loses_nothing_and_repeats_nothing(
    tmp_path: Path, pulsar: PulsarConnection, own_redis: RedisServer
) -> None:
    rng = np.random.default_rng(7)
    shop = shop_in(tmp_path, pulsar, own_redis.url)
    for how in (signal.SIGTERM, signal.SIGINT):
        process = shop.start()
        shop.sell(rng, 3_000)
        shop.wait_until_right()
        shop.sell(rng, 3_000)
        begun = time.monotonic()
        process.send_signal(how)
        assert process.wait(timeout=240) == 0, shop.log()[-2000:]
        print(f"{how.name}: drained in {time.monotonic() - begun:.2f} s")
    with shop.running():
        shop.wait_until_right()


def test_redis_may_be_away(tmp_path: Path, pulsar: PulsarConnection, own_redis: RedisServer) -> None:
    rng = np.random.default_rng(8)
    shop = shop_in(tmp_path, pulsar, own_redis.url)
    with shop.running():
        shop.sell(rng, 2_000)
        shop.wait_until_right()
        own_redis.pause()
        shop.sell(rng, 4_000)
        time.sleep(AWAY_S)
        own_redis.resume()
        shop.wait_until_right()


def test_an_emptied_redis_is_filled_again(tmp_path: Path, pulsar: PulsarConnection, own_redis: RedisServer) -> None:
    rng = np.random.default_rng(9)
    shop = shop_in(tmp_path, pulsar, own_redis.url)
    with shop.running():
        shop.sell(rng, 2_000)
        shop.wait_until_right()
        own_redis.flush()
        shop.wait_until_right()


def test_the_broker_may_be_away(tmp_path: Path, own_redis: RedisServer) -> None:
    rng = np.random.default_rng(10)
    with Broker(tmp_path / "broker") as broker:
        shop = shop_in(tmp_path, PulsarConnection(broker.url, broker.admin_url), own_redis.url)
        with shop.running():
            shop.sell(rng, 3_000)
            await_that(lambda: shop.folded() > 0)
            broker.kill()
            time.sleep(AWAY_S)
            broker.start()
            shop.sell(rng, 3_000)
            shop.wait_until_right()


def test_the_number_of_processes_may_change(tmp_path: Path, pulsar: PulsarConnection, own_redis: RedisServer) -> None:
    rng = np.random.default_rng(11)
    shop = shop_in(tmp_path, pulsar, own_redis.url, IN_INCREMENTS)
    for count in (1, 2, 1):
        shop.sell(rng, 2_000)
        addresses = ";".join(f"127.0.0.1:{port}" for port in _free_ports(count))
        processes = [shop.start("-i", str(i), "-a", addresses) for i in range(count)]
        shop.wait_until_right()
        shop.sell_until_based(rng)
        shop.sell(rng, 1_000)
        time.sleep(1.0)
        for process in processes:
            kill(process)
    with shop.running():
        shop.wait_until_right()


def _free_ports(count: int) -> list[int]:
    return [free_port() for _ in range(count)]
