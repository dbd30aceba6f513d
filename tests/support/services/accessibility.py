"""Runs axe-core in a page to find accessibility violations."""

from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  const where = (one) => one.nodes.map((node) => node.html.slice(0, 160)).join(" | ");
  return found.violations.map((one) => `${one.id} (${one.impact}): ${where(one)}`);
}"""


def violations(page: Page) -> list[str]:
    """Returns every rule of axe-core that a page breaks, with the elements that break it, under the page's own strict
    policy."""
    page.evaluate(AXE)
    broken_rules: list[str] = page.evaluate(RUN)
    return broken_rules
