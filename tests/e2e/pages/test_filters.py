"""Tests that choices on a page are in its address: with and without scripts, forwards and backwards."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.factories.quality.reports import subjects
from tests.support.services.browser import new_context

RISK = "risk-team@example.com"


def names(page: Page) -> list[str]:
    return page.locator("tr[data-key] th a").all_inner_texts()


def of_owner(owner: str) -> set[str]:
    return {subject.feature for subject in subjects() if subject.owner == owner}


def test_a_choice_is_in_the_address_and_the_way_back_undoes_it(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate("window.untouched = true")
    page.get_by_label("Owner").select_option(RISK)
    expect(page.locator("tr[data-key]")).to_have_count(len(of_owner(RISK)))
    assert set(names(page)) == of_owner(RISK)
    assert page.evaluate("window.untouched") is True
    page.get_by_role("link", name="firing").first.click()
    expect(page.locator("tr[data-key]")).to_have_count(3)
    expect(page).to_have_url(re.compile("(?=.*status=firing)(?=.*owner=risk-team)"))
    page.go_back()
    expect(page.locator("tr[data-key]")).to_have_count(len(of_owner(RISK)))
    expect(page).not_to_have_url(re.compile("status=firing"))
    sent_to_a_colleague = page.url
    page.goto("about:blank")
    page.goto(sent_to_a_colleague)
    assert set(names(page)) == of_owner(RISK)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?entity=item", {subject.feature for subject in subjects() if subject.entity_type == "item"}),
        ("?tag=velocity", {subject.feature for subject in subjects() if "velocity" in subject.tags}),
        ("?status=pending", {"item_orders_24h", "user_is_abroad"}),
        (
            "?q=spend+RISK",
            {subject.feature for subject in subjects() if "spend" in subject.feature and subject.owner == RISK},
        ),
        ("?owner=nobody", set[str]()),
        ("?show=all", {subject.feature for subject in subjects()}),
    ],
)
def test_it_works_without_scripts(chromium: Browser, address: str, query: str, expected: set[str]) -> None:
    context = new_context(chromium, java_script_enabled=False)
    page = context.new_page()
    page.goto(address + query)
    assert set(names(page)) >= expected and (expected or not names(page))
    if "q=" not in query:
        assert set(names(page)) == expected
    context.close()


def test_without_scripts_the_form_and_the_columns_lead_there(chromium: Browser, address: str) -> None:
    context = new_context(chromium, java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_label("Entity type", exact=True).last.select_option("item")
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url("**entity=item*")
    page.get_by_role("link", name="feature", exact=True).click()
    expected = sorted(subject.feature for subject in subjects() if subject.entity_type == "item")
    expect(page.locator("tr[data-key] th a")).to_have_text(expected)
    context.close()


def test_quiet_features_are_a_click_away(page: Page, address: str) -> None:
    page.goto(address)
    assert len(names(page)) == 15
    page.get_by_role("link", name="show", exact=True).click()
    expect(page.locator("tr[data-key]")).to_have_count(42)


def test_incidents_are_filtered_too(page: Page, address: str) -> None:
    page.goto(f"{address}/incidents")
    expect(page.locator("li.incident")).to_have_count(7)
    page.get_by_label("State").select_option("muted")
    expect(page.locator("li.incident")).to_have_count(1)
    expect(page).to_have_url(re.compile("state=muted"))
