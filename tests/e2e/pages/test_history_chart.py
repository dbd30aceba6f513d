"""Tests the chart of a history: read by pointer and keys, zoomed by a drag and by buttons, live, and without
scripts."""

import re

from playwright.sync_api import Browser, Page, expect

from reports.history import HistoryPoint
from tests.support.factories.quality.history_points import made_points
from tests.support.factories.quality.reports import INTERVAL_MS, START_MS
from tests.support.services.browser import new_context
from tests.support.services.serving_app import Served

PATH = "/quality/user_spend_1h"


def opened(page: Page, address: str, query: str = "") -> None:
    """Opens the page, and waits until its script, which begins after the first paint, has made the chart a slider."""
    page.goto(f"{address}{PATH}{query}")
    expect(page.locator("[data-chart][role=slider]")).to_be_visible()
    page.evaluate("window.untouched = true")


def column(page: Page, number: int) -> tuple[float, float]:
    """Returns the middle of a column of the chart, on the screen."""
    box = page.locator(".hits rect").nth(number).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + 60


def test_a_pointer_reads_the_values_of_an_interval(page: Page, address: str) -> None:
    opened(page, address)
    expected = next(point for point in made_points() if point.start_ms == int(start_of(page, 10)))
    page.mouse.move(*column(page, 10))
    readout = page.locator("[data-readout]")
    expect(readout).to_contain_text(f"{expected.rows:,} rows, mean {expected.mean:.0f},")
    expect(page.locator(".cursor.on")).to_have_count(1)
    page.mouse.move(5, 5)
    expect(page.locator(".cursor.on")).to_have_count(0)


def start_of(page: Page, number: int) -> str:
    return page.locator(".hits rect").nth(number).get_attribute("data-at") or ""


def test_arrow_keys_read_and_enter_shows_the_interval(page: Page, address: str) -> None:
    opened(page, address)
    chart = page.locator("[data-chart]")
    chart.focus()
    page.keyboard.press("End")
    value_text = chart.get_attribute("aria-valuetext") or ""
    assert "14:05:00 to 14:10:00 UTC, firing" in value_text
    page.keyboard.press("ArrowLeft")
    assert "14:00:00 to 14:05:00 UTC" in (chart.get_attribute("aria-valuetext") or "")
    page.keyboard.press("Enter")
    expect(page.locator("#head")).to_contain_text("a past interval")
    expect(page).to_have_url(re.compile(f"at={START_MS - INTERVAL_MS}"))
    expect(page.locator(".shown")).to_have_count(1)
    expect(page.locator("figcaption")).to_contain_text("14:00:00 to 14:05:00 UTC")
    expect(chart).to_be_focused()
    assert page.evaluate("window.untouched") is True


def test_a_drag_zooms_and_the_way_back_undoes_it(page: Page, address: str) -> None:
    opened(page, address)
    first, last = start_of(page, 20), start_of(page, 40)
    page.mouse.move(*column(page, 20))
    page.mouse.down()
    page.mouse.move(*column(page, 30))
    expect(page.locator(".chosen.on")).to_have_count(1)
    page.mouse.move(*column(page, 40))
    page.mouse.up()
    expect(page.locator(".hits rect")).to_have_count(21)
    expect(page).to_have_url(re.compile(f"from={first}&to={int(last) + INTERVAL_MS}"))
    page.go_back()
    expect(page.locator(".hits rect")).not_to_have_count(21)
    expect(page).not_to_have_url(re.compile("from="))


def test_keys_zoom_and_move(page: Page, address: str) -> None:
    opened(page, address)
    page.locator("[data-chart]").focus()
    page.keyboard.press("+")
    page.wait_for_url("**from=*")
    expect(page.locator("#history h2")).to_contain_text("09:40:00 to 12:40:00 UTC")
    page.locator("[data-chart]").focus()
    page.keyboard.press("PageUp")
    expect(page.locator("#history h2")).to_contain_text("08:10:00 to 11:10:00 UTC")


def test_the_ranges_cover_what_they_say(page: Page, address: str) -> None:
    for name, hours in (("1h", 1), ("6h", 6), ("24h", 24), ("7d", 168)):
        opened(page, address)
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.locator(".moves a[aria-current]")).to_have_text(name)
        oldest = int(start_of(page, 0))
        end_ms = START_MS + INTERVAL_MS
        assert 0 <= oldest - (end_ms - hours * 3_600_000) <= 2 * INTERVAL_MS * max(1, hours // 12)
        assert page.locator(".hits rect").count() <= 152


def test_a_closing_interval_appears_by_itself(page: Page, address: str, app: Served) -> None:
    opened(page, address)
    page.locator("[data-chart]").focus()
    page.keyboard.press("Home")
    end_ms = START_MS + INTERVAL_MS
    point = HistoryPoint(end_ms, end_ms + INTERVAL_MS, "pending", 77, 0, 1.5, 1.0, 2.0, 3.0, None, 5.0, 0.5)
    app.put_points("user_spend_1h", [point])
    expect(page.locator("#intervals a").first).to_contain_text("14:10:00")
    expect(page.locator("[data-chart]")).to_be_focused()
    assert page.evaluate("window.untouched") is True


def test_without_scripts_it_can_be_read_and_zoomed(chromium: Browser, address: str) -> None:
    context = new_context(chromium, java_script_enabled=False)
    page = context.new_page()
    page.goto(address + PATH)
    label = page.locator("svg.history").get_attribute("aria-label") or ""
    assert "mean between" in label and "firing in 4 of" in label
    assert "14:05:00 to 14:10:00 UTC, firing" in (page.locator(".hits rect title").last.text_content() or "")
    page.get_by_role("link", name="Zoom in").click()
    page.wait_for_url("**from=*")
    page.get_by_role("link", name="As a table").click()
    expect(page.locator(".past-values tbody tr")).to_have_count(36)
    context.close()
