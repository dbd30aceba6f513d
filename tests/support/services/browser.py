"""Starts a real Chromium for tests."""

import shutil
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 120_000
"""How long `expect`, an action or a navigation waits for a page of a busy machine."""


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """Starts one browser for the session; Playwright is loaded only for tests that need it."""
    binary = shutil.which("chromium") or shutil.which("google-chrome")
    if binary is None:
        pytest.fail("these tests need Chromium on the PATH: apt-get install chromium", pytrace=False)
    sync_api = import_module("playwright.sync_api")
    sync_api.expect.set_options(timeout=PATIENCE_MS)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: "Browser") -> "Iterator[Page]":
    """Opens a fresh page; an error of a script on it fails the test."""
    context = new_context(chromium, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def new_context(chromium: "Browser", **options: Any) -> "BrowserContext":
    """Opens a context that is as patient as `expect`."""
    context = chromium.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    return context


def expect_drawn(picture: "Locator") -> None:
    """Checks that a picture is whole; a browser loads it only when it is seen, and a live page may replace it."""
    picture.scroll_into_view_if_needed()
    import_module("playwright.sync_api").expect(picture).not_to_have_js_property("naturalWidth", 0)
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
