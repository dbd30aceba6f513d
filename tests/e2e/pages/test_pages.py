"""Tests the pages in a real browser over a real Redis: sorted, searched, live, by keyboard, on a phone, hostile
texts."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.factories.quality.incidents import silence
from tests.support.factories.quality.reports import HOSTILE, made_feature
from tests.support.services.browser import expect_drawn, new_context
from tests.support.services.ports import free_port
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import Served, wait_until_open

NARROW = (
    "/", "/quality/user_last_payment_amount", "/quality/user_last_device", "/quality/user_first_payment_at",
    "/features/user/u1", "/incidents",
    "/incidents/drift:orders:1", "/intervals", "/intervals/20260101T140500Z",
    "/catalogue", "/catalogue/features/user_spend_1h", "/catalogue/sets/fraud_v1",
)  # fmt: skip

FONTS = """new Set([...document.querySelectorAll("body *")]
  .filter((one) => one.getClientRects().length)
  .filter((one) => [...one.childNodes].some((part) => part.nodeType === 3 && part.data.trim()))
  .map((one) => getComputedStyle(one))
  .map((style) => [style.fontSize, style.fontWeight, style.fontFamily].join())).size"""
MOST_FONTS = 10


def names(page: Page) -> list[str]:
    """Returns the features in the table, from top to bottom."""
    return page.locator("[data-table] tbody tr[data-key] th a").all_inner_texts()


def test_the_table_is_sorted_and_searched(page: Page, address: str) -> None:
    page.goto(f"{address}/?show=all")
    assert len(names(page)) == 42
    assert page.locator("h1").inner_text().startswith(silence().headline)
    page.get_by_role("link", name="feature", exact=True).click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_count(1)
    assert len(names(page)) == 42 and names(page) == sorted(names(page))
    page.get_by_role("link", name="rows", exact=True).click()
    expect(page.locator("th[aria-sort=descending]")).to_have_count(1)
    rows = [int(text.replace(",", "")) for text in page.locator("tbody td[data-is=rows]").all_inner_texts()]
    assert rows == sorted(rows, reverse=True) and len(rows) == 42
    page.get_by_placeholder("search by name").fill("user_last amount firing")
    expect(page.locator("tr[data-key]")).to_have_count(1)
    assert names(page) == ["user_last_payment_amount"]
    expect(page).to_have_url(re.compile(r"(?=.*sort=rows)(?=.*q=user_last\+amount\+firing)"))


def test_it_is_live_without_a_reload_and_keeps_what_was_chosen(page: Page, address: str, app: Served) -> None:
    page.goto(address)
    page.evaluate("window.untouched = true")
    page.get_by_role("link", name="feature", exact=True).click()
    search = page.get_by_placeholder("search by name")
    search.fill("user_spend")
    app.put_reports([made_feature("user_spend_1h", rows=12_345_678)])
    expect(page.locator("tr[data-key=user_spend_1h] td[data-is=rows]")).to_have_text("12,345,678")
    expect(page.locator("tr[data-key]")).to_have_count(1)  # news may come before the search is over
    assert names(page) == ["user_spend_1h"]
    expect(page.locator("#pulse")).to_have_text("live")
    expect(page.get_by_placeholder("search by name")).to_be_focused()
    expect(page.locator("th[aria-sort=ascending]")).to_have_count(1)
    assert page.evaluate("window.untouched") is True


def test_an_entity_is_live_too(page: Page, address: str, app: Served) -> None:
    app.put_entity("user", "u/1 é", {"user_spend_1h": "12.5"})
    page.goto(address)
    page.get_by_placeholder("id, such as").fill("u/1 é")
    page.keyboard.press("Enter")
    value = page.locator('[data-testid="feature-user_spend_1h"] .feature-value')
    expect(value).to_have_text("12.5")
    app.put_entity("user", "u/1 é", {"user_spend_1h": "99"})
    expect(value).to_have_text("99")


def test_without_redis_the_page_says_so(page: Page, address: str, app: Served, redis_server: RedisServer) -> None:
    page.goto(address)
    redis_server.pause()
    try:
        expect(page.locator("#pulse")).to_contain_text("not live")
    finally:
        redis_server.resume()
    expect(page.locator("#pulse")).to_have_text("live")


def test_a_page_that_had_no_redis_comes_by_itself(
    page: Page, address: str, redis_server: RedisServer, app: Served
) -> None:
    redis_server.pause()
    try:
        page.goto(address)
        expect(page.locator("h1")).to_have_text("Not live")
    finally:
        redis_server.resume()
    expect(page.locator("[data-table]")).to_be_visible()


def test_by_keyboard_alone(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.get_by_role("link", name="rows", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=descending]")).to_have_count(1)
    expect(page.get_by_role("link", name="rows", exact=True)).to_be_focused()
    page.locator("tbody a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/quality/*")


@pytest.mark.parametrize("path", NARROW)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(page: Page, address: str, app: Served, path: str, scheme: str) -> None:
    app.put_entity("user", "u1", {"user_last_country": "W" * 200, "user_spend_1h": "1.5"})
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(address + path)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(15, 19, 23)" if scheme == "dark" else "rgb(246, 247, 249)")


def test_no_text_is_ever_run(page: Page, address: str, app: Served) -> None:
    for number, text in enumerate(HOSTILE):
        app.put_entity("user", f"h{number}", {"user_last_country": text})
        page.goto(f"{address}/features/user/h{number}")
        expect(page.locator('[data-testid="feature-user_last_country"] .feature-value')).to_be_visible()
        page.goto(f"{address}/features/user/{quote(text, safe='')}")
        expect(page.locator("h1")).to_be_visible()
        assert page.evaluate("window.hacked") is None
    for name in ("user_last_payment_amount", "user_last_device"):
        page.goto(f"{address}/quality/{name}")
        assert page.evaluate("window.hacked") is None
        expect_drawn(page.locator(".report-image"))


@pytest.mark.parametrize("path", NARROW)
def test_a_browser_waits_for_nothing_before_it_paints(page: Page, address: str, path: str) -> None:
    """By the browser's own timing; styles inlined in the page are allowed to delay it."""
    page.goto(address + path)
    blocking = "performance.getEntriesByType('resource').filter((one) => one.renderBlockingStatus !== 'non-blocking')"
    assert page.evaluate(f"{blocking}.map((one) => one.name)") == []
    assert page.evaluate("getComputedStyle(document.querySelector('.top')).display") == "flex"


@pytest.mark.parametrize("path", NARROW)
def test_a_page_has_few_sizes_and_weights_of_text(page: Page, address: str, path: str) -> None:
    """A browser looks up every combination before it paints."""
    page.goto(address + path)
    assert page.evaluate(FONTS) <= MOST_FONTS


@pytest.mark.parametrize("width", [1280, 1366, 1920])
@pytest.mark.parametrize("path", ["/", "/?show=all", "/?status=firing", "/?sort=-rows", "/intervals/20260101T140500Z"])
def test_the_table_fits_a_desk(page: Page, address: str, path: str, width: int) -> None:
    """A table that scrolls sideways hides its last column, and is painted in a separate layer."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address + path)
    assert (
        page.evaluate("[...document.querySelectorAll('.wide')].filter((one) => one.scrollWidth > one.clientWidth)")
        == []
    )


def test_scripts_change_nothing_that_is_shown(chromium: Browser, address: str) -> None:
    """A browser that runs scripts shows the final page from its first paint."""
    with_scripts, without = (new_context(chromium, java_script_enabled=on) for on in (True, False))
    shown = []
    for context in (with_scripts, without):
        page = context.new_page()
        page.route("**/static/*.js*", lambda route: route.abort())
        page.goto(f"{address}/quality/user_spend_1h")
        hint = page.locator("#chart-hint").is_visible()
        page.goto(address)
        shown.append((hint, page.get_by_role("button", name="Filter").is_visible()))
        context.close()
    assert shown == [(True, False), (False, True)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_being_stopped_is_no_failure(redis_url: str, tmp_path: Path, number: signal.Signals) -> None:
    settings = os.environ | {"HEADRACE_REDIS_URL": redis_url, "HEADRACE_VAR": str(tmp_path)}
    command = [sys.executable, "-m", "cli.main", "serve", "--port", str(port := free_port())]
    with subprocess.Popen(command, env=settings) as serving:
        try:
            wait_until_open(port)
            serving.send_signal(number)
            assert serving.wait(timeout=240) == 0
        finally:
            serving.kill()
