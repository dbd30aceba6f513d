"""Tests the path from a raw event to a value on a page: a real Pulsar, a real Redis, the dataflow, the pages, a
browser.

Runs twice: driven by Playwright, and by Cypress with the spec that teams are given.
"""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Page, expect

from connectors.pulsar import PulsarAdmin, PulsarConnection, publish
from dataflows.runtime.settings import Settings
from tests.support.generators.seeds import fresh_seed, rng_of
from tests.support.paths import ROOT
from tests.support.services.browser import expect_drawn
from tests.support.services.ports import free_port
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import wait_until_open

RAW = ("raw-order-events", "raw-login-events")
CYPRESS = ROOT / "cypress" / "node_modules" / ".bin" / "cypress"
INSTALLED = Path(sys.executable).parent
CYPRESS_S = 300


@dataclass(frozen=True, slots=True)
class Loop:
    """All parts running: the address of the pages, the raw topic of orders, the settings of every part."""

    pages: str
    orders: str
    settings: dict[str, str] = field(repr=False)


def environment(folder: Path, pulsar: PulsarConnection, redis_url: str, name: str) -> dict[str, str]:
    """Returns settings that share only the broker and Redis with other tests."""
    specs = shipped_specs(folder / "specs", name)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HEADRACE_")}
    topics = {
        f"HEADRACE_{kind}_TOPIC": f"persistent://public/default/{name}-{kind.lower()}"
        for kind in ("DEAD_LETTER", "QUALITY", "ALERT")
    }
    settings = {
        "HEADRACE_SPECS": str(specs),
        "HEADRACE_VAR": str(folder / "var"),
        "HEADRACE_PULSAR_URL": pulsar.url,
        "HEADRACE_PULSAR_ADMIN_URL": pulsar.admin_url,
        "HEADRACE_REDIS_URL": redis_url,
        "HEADRACE_REDIS_PREFIX": name,
        "HEADRACE_QUALITY_INTERVAL": "3",
        "HEADRACE_REPORTS_SHARE": "1",
    }
    return environment | topics | settings


def shipped_specs(specs: Path, name: str) -> Path:
    """Writes the shipped definitions, with topics of this test."""
    for file in (ROOT / "feature_specs").rglob("*.yaml"):
        copy = specs / file.relative_to(ROOT / "feature_specs")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(file.read_text().replace("/public/default/", f"/public/default/{name}-"))
    return specs


@contextmanager
def process(log: Path, settings: dict[str, str], *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a process while inside; drains it at the end."""
    with log.open("ab") as out:
        started = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=settings, stdout=out, stderr=out)
    try:
        yield started
    finally:
        started.send_signal(signal.SIGTERM)
        started.wait(timeout=240)


@pytest.fixture(scope="module")
def loop(
    tmp_path_factory: pytest.TempPathFactory, pulsar: PulsarConnection, redis_server: RedisServer
) -> Iterator[Loop]:
    """Starts the dataflow with recovery, the renderer and the pages."""
    folder, name, port = tmp_path_factory.mktemp("loop"), f"loop{uuid.uuid4().hex[:8]}", free_port()
    settings, recovery = environment(folder, pulsar, redis_server.url, name), folder / "recovery"
    for topic in RAW:
        PulsarAdmin(pulsar).ensure_topic(f"persistent://public/default/{name}-{topic}", 2)
    recovery.mkdir()
    subprocess.run([sys.executable, "-m", "bytewax.recovery", str(recovery), "2"], check=True)
    run = ["bytewax.run", "dataflows.features", "-r", str(recovery), "-s", "1", "-b", "0"]
    with ExitStack() as stack:
        stack.enter_context(process(folder / "flow.log", settings, *run))
        stack.enter_context(process(folder / "render.log", settings, "cli.main", "render"))
        stack.enter_context(process(folder / "serve.log", settings, "cli.main", "serve", "--port", str(port)))
        wait_until_open(port)
        yield Loop(f"http://127.0.0.1:{port}", f"persistent://public/default/{name}-raw-order-events", settings)


def test_a_raw_event_is_seen_on_the_page_and_its_quality_a_click_away(
    page: Page, loop: Loop, pulsar: PulsarConnection
) -> None:
    user, amount = f"fresh-{uuid.uuid4().hex[:8]}", round(float(rng_of(fresh_seed()).uniform(1, 40_000)), 2)
    event = {"event_type": "payment_success", "user_id": user, "item_id": "i1", "amount": amount, "quantity": 1}
    stamped = event | {"category": "books", "country": "DE", "timestamp": time.time_ns() // 1_000_000}
    print(f"{user=} {amount=}")
    publish(pulsar, loop.orders, [user], [msgspec.json.encode(stamped)])
    page.goto(f"{loop.pages}/features/user/{user}")
    shown = page.locator('[data-testid="feature-user_last_payment_amount"] .feature-value')
    expect(shown).to_have_text(f"{amount:.10g}", timeout=300_000)
    page.locator('[data-testid="feature-user_last_payment_amount"] .quality-report-link').click()
    page.wait_for_url("**/quality/user_last_payment_amount")
    picture = page.locator(".report-image")
    expect(picture).to_be_visible()
    expect_drawn(picture)
    expect(page.locator("dd").first).to_be_visible()


def test_the_cypress_spec_passes(loop: Loop) -> None:
    if not CYPRESS.exists():
        pytest.fail("this test needs Cypress: scripts/setup test installs it", pytrace=False)
    environment = {"PATH": f"{INSTALLED}:{os.environ['PATH']}", "HEADRACE": str(INSTALLED / "headrace")}
    settings = loop.settings | environment | {"CYPRESS_BASE_URL": loop.pages}
    command = [str(CYPRESS), "run"]
    done = subprocess.run(
        command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=CYPRESS_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All specs passed!" in done.stdout


def test_settings_of_the_test_are_settings() -> None:
    known = {f"HEADRACE_{name.upper()}" for name in Settings.model_fields}
    made = environment(Path("/nonexistent"), PulsarConnection("pulsar://h:1", "http://h:2"), "redis://h:3", "n")
    assert {name for name in made if name.startswith("HEADRACE_")} <= known
