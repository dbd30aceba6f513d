"""axe-core in a page: what it says of a page that is not accessible."""

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
    """Every rule of axe-core that a page breaks, with the elements that break it. The page keeps its strict policy."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN)
    return found
