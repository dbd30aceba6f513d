"""Measures when a browser shows the pages: `python -m benchmarks.pages`.

A real Chromium opens every kind of page of a generated deployment (all features of `feature_specs`, a week of history
each, incidents, stored intervals) over a real Redis and the application of `headrace serve` on this machine, each time
in a fresh context with an empty cache.

Every round begins with an empty page from an otherwise idle server: the time that browser and machine need by
themselves, as the measure of the other pages.

Writes by page to benchmarks/results/pages.json: p50 and p95 of the first paint and of the server's answer (ms from the
start of the navigation), how much longer the paint takes than for the empty page of the same round (p50, ms and ratio),
and the bytes on the wire with all files.
"""

import argparse
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from benchmarks.measuring import services
from benchmarks.measuring.machine import facts, load
from benchmarks.measuring.reports import write
from tests.support.factories.deployments import PAGES, furnish
from tests.support.services.browser import QUIET
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, served

EMPTY = "an empty page"
OPENED_MS = 1_000
"""Time after which a new window is idle (ms)."""
PAINTED = """() => new Promise((told) => {
  new PerformanceObserver((seen) => {
    if (seen.getEntriesByName("first-contentful-paint").length) told();
  }).observe({ type: "paint", buffered: true });
})"""
FIRST_PAINT = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  const files = performance.getEntriesByType("resource").filter((one) => !one.name.includes("image.png"));
  const bytes = [page, ...files].reduce((sum, one) => sum + one.transferSize, 0);
  return { answer_ms: page.responseEnd, paint_ms: paint.startTime, bytes };
}"""


def main() -> None:
    """Serves, opens every page in turn and reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20, help="times that every page is opened")
    chosen, before = parser.parse_args(), round(load(), 2)
    with tempfile.TemporaryDirectory() as folder, services.redis() as server:
        furnish(there := served(server, Path(folder)))
        with serving(there, server, Path(folder)) as address, chromium() as browser, nothing() as empty:
            seen = rounds(browser, {EMPTY: empty, **{path: address + path for path in PAGES}}, chosen.rounds)
    measured = {path: summed_up(seen[path], seen[EMPTY]) for path in seen}
    loads = {"load_before": before, "load_after": round(load(), 2)}
    write("pages", {"machine": facts(), **loads, "rounds": chosen.rounds, "pages": measured})


@contextmanager
def serving(there: Served, server: RedisServer, folder: Path) -> Iterator[str]:
    """Runs `headrace serve` while inside; yields its address."""
    settings = there.context.settings
    environment = {
        "HEADRACE_REDIS_URL": server.url,
        "HEADRACE_REDIS_PREFIX": settings.redis_prefix,
        "HEADRACE_VAR": str(folder / "var"),
        "HEADRACE_REPORTS_URL": settings.reports_url or "",
    }
    with services.headrace_serve(environment) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Starts a headless browser."""
    with sync_playwright() as playwright:
        binary = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=binary, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def nothing() -> Iterator[str]:
    """Serves an empty page while inside; yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()


class EmptyPage(BaseHTTPRequestHandler):
    """Answers with a page of one word."""

    WORD = b"<!doctype html><title>nothing</title><p>nothing</p>"

    def do_GET(self) -> None:  # the name is the library's
        """Sends the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(self.WORD)))
        self.end_headers()
        self.wfile.write(self.WORD)

    def log_message(self, *_: object) -> None:  # quiet
        """Logs nothing."""


def rounds(browser: Browser, addresses: Mapping[str, str], many: int) -> dict[str, list[dict[str, float]]]:
    """Opens all pages in turn, again and again; the first round warms up the server."""
    seen: dict[str, list[dict[str, float]]] = {path: [] for path in addresses}
    for _ in range(many + 1):
        for path, address in addresses.items():
            seen[path].append(opened(browser, address))
    return {path: visits[1:] for path, visits in seen.items()}


def summed_up(seen: list[dict[str, float]], empty: list[dict[str, float]]) -> Mapping[str, float]:
    """Returns the figures of a page."""
    paint, answer = (np.array([visit[name] for visit in seen]) for name in ("paint_ms", "answer_ms"))
    least = np.array([visit["paint_ms"] for visit in empty])
    return {
        "over_empty_p50_ms": round(float(np.median(paint - least)), 1),
        "to_empty_p50": round(float(np.median(paint / least)), 2),
        "paint_p50_ms": round(float(np.percentile(paint, 50)), 1),
        "paint_p95_ms": round(float(np.percentile(paint, 95)), 1),
        "answer_p50_ms": round(float(np.percentile(answer, 50)), 1),
        "bytes": max(int(visit["bytes"]) for visit in seen),
    }


def opened(browser: Browser, address: str) -> dict[str, Any]:
    """Opens a page in a separate context and waits for its first paint."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.wait_for_timeout(OPENED_MS)
    page.goto(address)
    page.evaluate(PAINTED)
    timings: dict[str, Any] = page.evaluate(FIRST_PAINT)
    context.close()
    return timings


if __name__ == "__main__":
    main()
