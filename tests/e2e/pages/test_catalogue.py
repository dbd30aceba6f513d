"""Tests the catalogue in a browser: the site from files, the page of the server, and that both find the same."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dataflows.definitions import load
from governance.publishing.catalogue import publish, site_files
from serving.catalogue import CatalogueFilter, catalogue_entries
from tests.support.generators.seeds import fresh_seed
from tests.support.paths import ROOT
from tests.support.services.accessibility import violations
from tests.support.services.browser import new_context

SPECS = ROOT / "feature_specs"
SITE_PAGES = ("index.html", "features/user_payment_z_score.html", "features/user_spend_1h.html", "sets/fraud_v1.html",
              "sources/orders.html")  # fmt: skip
SCREENS = {"desk": (1280, 900), "phone": (360, 740)}
TOO_WIDE = """() => [...document.querySelectorAll("svg g")]
  .filter((box) => box.querySelector("text").getBoundingClientRect().right
    > box.querySelector("rect").getBoundingClientRect().right)
  .map((box) => box.textContent)"""
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Builds a site in a folder whose name needs quoting."""
    folder = tmp_path_factory.mktemp("a site #1")
    publish(site_files(load(SPECS), SPECS, "headrace"), folder)
    return folder


@pytest.fixture
def quiet(page: Page) -> Iterator[Page]:
    """Opens a page that requests only files."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    assert [url for url in asked if not url.startswith("file://")] == []


def url_of(site: Path, page: str) -> str:
    return (site / page).as_uri()


def names(page: Page) -> list[str]:
    return page.locator("tbody tr:not([hidden]) th a").all_inner_texts()


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_the_site_breaks_a_rule(chromium: Browser, site: Path, scheme: str, screen: str) -> None:
    width, height = SCREENS[screen]
    context = new_context(chromium, viewport={"width": width, "height": height})
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for path in SITE_PAGES:
        page.goto(url_of(site, path))
        assert violations(page) == [], path
        assert not page.evaluate(WIDER), path
    context.close()


def test_random_searches_find_the_same_on_the_site_as_on_the_server(quiet: Page, site: Path) -> None:
    chance, entries = random.Random(fresh_seed()), catalogue_entries(load(SPECS))
    # Cells stand side by side in a row: what begins in one and ends in the next is no word of the entry.
    across = {entry.words.replace(" ", "")[start : start + 4] for entry in entries for start in range(0, 200, 7)}
    vocabulary = sorted({word for entry in entries for word in entry.words.split()} | across - {""})
    quiet.goto(url_of(site, "index.html"))
    for _ in range(60):
        words = [chance.choice(vocabulary)[: chance.randint(2, 12)] for _ in range(chance.randint(0, 2))]
        text = "  ".join(word.upper() if chance.random() < 0.3 else word for word in words)
        chosen = CatalogueFilter(
            text=text,
            kind=chance.choice(["", "", "feature", "source"]),
            entity=chance.choice(["", "", "user", "item"]),
            owner=chance.choice(["", "", "risk-team@example.com"]),
            tag=chance.choice(["", "", "", "velocity"]),
        )
        quiet.get_by_label("Search definitions").fill(text)
        for label, name in [("Kind", "kind"), ("Entity", "entity"), ("Owner", "owner"), ("Tag", "tag")]:
            quiet.get_by_label(label, exact=True).select_option(chosen.chosen(name))
        assert names(quiet) == [entry.name for entry in chosen.matches(entries)], chosen


def test_the_server_finds_as_one_types_and_the_address_can_be_sent(page: Page, address: str) -> None:
    page.goto(f"{address}/catalogue?from=40")
    assert len(names(page)) == 5
    page.get_by_label("Search definitions").press_sequentially("risk spend")
    expected = [entry.name for entry in CatalogueFilter(text="risk spend").matches(catalogue_entries(load(SPECS)))]
    expect(page).to_have_url(re.compile(r"q=risk\+spend$"))
    expect(page.locator("tbody tr th a")).to_have_text(expected)
    sent = page.url
    page.goto("about:blank")
    page.goto(sent)
    assert names(page) == expected


def test_the_site_is_read_with_the_keyboard_alone(quiet: Page, site: Path) -> None:
    quiet.goto(url_of(site, "features/user_payment_z_score.html"))
    quiet.keyboard.press("/")
    quiet.keyboard.type("spend")
    quiet.keyboard.press("Enter")
    expect(quiet.get_by_role("status")).to_have_text("3 of 45 definitions")
    expect(quiet).to_have_url(re.compile(r"\?q=spend$"))
    quiet.keyboard.press("/")
    quiet.keyboard.press("ArrowDown")
    quiet.keyboard.press("ArrowDown")
    assert quiet.evaluate("document.activeElement.textContent") == "user_spend_1h"
    quiet.keyboard.press("ArrowUp")
    quiet.keyboard.press("ArrowUp")
    assert quiet.evaluate("document.activeElement.id") == "q"
    quiet.keyboard.press("Enter")
    expect(quiet.locator("h1")).to_have_text("user_daily_spend_7d")


def test_the_lineage_leads_from_page_to_page(quiet: Page, site: Path) -> None:
    quiet.goto(url_of(site, "sources/orders.html"))
    quiet.locator("svg a", has_text="user_mean_payment_30d").click()
    expect(quiet.locator("h1")).to_have_text("user_mean_payment_30d")
    quiet.locator("svg a", has_text="user_payment_z_score").focus()
    quiet.keyboard.press("Enter")
    expect(quiet.locator("h1")).to_have_text("user_payment_z_score")
    quiet.locator("svg a", has_text="fraud_v1").click()
    expect(quiet.locator("h1")).to_have_text("fraud_v1")


def test_texts_fit_into_their_boxes(quiet: Page, site: Path) -> None:
    quiet.goto(url_of(site, "sources/orders.html"))
    assert quiet.evaluate(TOO_WIDE) == []


def test_without_scripts_the_site_lists_everything(chromium: Browser, site: Path) -> None:
    context = new_context(chromium, java_script_enabled=False)
    page = context.new_page()
    page.goto(url_of(site, "index.html"))
    assert len(names(page)) == len(catalogue_entries(load(SPECS)))
    assert not page.locator("form").is_visible()
    context.close()


def test_without_scripts_the_server_finds_too(chromium: Browser, address: str) -> None:
    context = new_context(chromium, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/catalogue")
    page.get_by_label("Search definitions").fill("fraud model")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody tr th a").first).to_have_text("fraud_v1")
    page.get_by_role("link", name="fraud_v1").click()
    expect(page.locator("h1")).to_have_text("fraud_v1")
    context.close()
