"""Tests the page of an interval in a real browser: no script runs, nothing is fetched, nothing is cut off."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.support.factories.quality.hostile_page import hostile_page
from tests.support.services.browser import new_context

Scheme = Literal["light", "dark"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1360])
def test_in_a_browser_nothing_runs_nothing_is_fetched_nothing_is_cut_off(
    chromium: Browser, width: int, scheme: Scheme, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(hostile_page(), encoding="utf-8")
    context = new_context(chromium, viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab = context.new_page()
    fetched, messages = list[str](), list[str]()
    tab.on("request", lambda request: fetched.append(request.url))
    tab.on("console", lambda message: messages.append(message.text))
    tab.goto(file.as_uri())
    tab.locator("summary").last.click()
    tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    tab.mouse.move(width / 2, 450)
    assert tab.evaluate("window.hacked") is None
    assert fetched == [file.as_uri()]
    assert messages == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
