"""Tests that no page breaks a rule of axe-core: in light and dark, on desktop and phone; targets are large enough to
touch."""

import pytest
from playwright.sync_api import Browser, Page

from tests.support.factories.deployments import PAGES
from tests.support.services.accessibility import violations
from tests.support.services.browser import new_context

SCREENS = {"desk": (1280, 900), "phone": (360, 740)}
LEAST_PX = 44
TOUCHED = "input, select, button, .button, nav a, .past a, .counts a, .features th a, .catalogue th a, .names li a"
SMALL = """([least, touched]) => [...document.querySelectorAll(touched)]
  .filter((one) => one.offsetParent && !one.matches(".sr, .skip, [type=hidden]"))
  .map((one) => [one.outerHTML.slice(0, 120), Math.round(one.getBoundingClientRect().height)])
  .filter(([, height]) => height < least)"""


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_rule(chromium: Browser, address: str, scheme: str, screen: str) -> None:
    width, height = SCREENS[screen]
    context = new_context(chromium, viewport={"width": width, "height": height})
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    broken_rules = {path: violations_at(page, address + path) for path in PAGES}
    context.close()
    assert {path: broken for path, broken in broken_rules.items() if broken} == {}


def violations_at(page: Page, address: str) -> list[str]:
    page.goto(address)
    return violations(page)


def test_a_rule_that_is_broken_is_found(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate("document.getElementById('q').previousElementSibling.remove()")
    page.evaluate("document.getElementById('q').removeAttribute('placeholder')")
    assert any("label" in violation for violation in violations(page))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/quality/user_spend_1h",
        "/incidents",
        "/intervals/20260101T140500Z",
        "/catalogue",
        "/catalogue/sources/orders",
    ],
)
def test_what_is_touched_on_a_phone_is_large_enough(page: Page, address: str, path: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address + path)
    assert page.evaluate(SMALL, [LEAST_PX, TOUCHED]) == []


def test_the_front_page_is_short_on_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollHeight") < 3_600
