"""Tests the site: a page for every definition, working links, reproducible bytes, no external resources."""

import gzip
import re
import shutil
import time
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

import pytest
from markupsafe import escape

from dataflows.definitions import Definitions, load
from governance.publishing.catalogue import site_files
from governance.publishing.catalogue.change_history import RevisionNote
from tests.support.factories.definitions import ORDERS, write
from tests.support.generators.seeds import seeds
from tests.support.paths import ROOT

SPECS = ROOT / "feature_specs"
HOSTILE = "</pre><script>alert(1)</script>\"' {{ 7*7 }} & \u202e"


class Addresses(HTMLParser):
    """Collects all addresses in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src", "action", "srcset", "data")]


def addresses(page: bytes) -> list[str]:
    parser = Addresses()
    parser.feed(page.decode())
    return parser.found


@pytest.fixture(scope="module")
def shipped() -> dict[str, bytes]:
    return site_files(load(SPECS), SPECS, "headrace")


def pages(files: dict[str, bytes]) -> dict[str, bytes]:
    return {path: content for path, content in files.items() if path.endswith(".html")}


def test_every_definition_has_a_page(shipped: dict[str, bytes]) -> None:
    made = load(SPECS)
    assert {*pages(shipped)} == {
        "index.html",
        *(f"features/{feature.feature_name}.html" for feature in made.features),
        *(f"sets/{name}.html" for name in made.sets),
        *(f"sources/{name}.html" for name in made.sources),
    }


def test_every_link_leads_to_a_file_of_the_site(shipped: dict[str, bytes]) -> None:
    for path, page in pages(shipped).items():
        for address in addresses(page):
            if address.startswith("#"):
                assert f'id="{address[1:]}"'.encode() in page
                continue
            assert ":" not in address and not address.startswith("/"), (path, address)
            parts = [*PurePosixPath(path).parent.parts]
            for part in PurePosixPath(address).parts:
                parts = parts[:-1] if part == ".." else [*parts, part]
            assert "/".join(parts) in shipped, (path, address)


def test_nothing_comes_from_elsewhere(shipped: dict[str, bytes]) -> None:
    for path, content in shipped.items():
        if path.endswith((".css", ".js")):
            assert not re.search(rb"@import|https?://|url\(", content), path


def test_a_page_says_what_its_definition_says(shipped: dict[str, bytes]) -> None:
    made = load(SPECS)
    for feature in made.features:
        page = shipped[f"features/{feature.feature_name}.html"].decode()
        (file,) = SPECS.rglob(f"{feature.feature_name}.yaml")
        first_line = file.read_text().splitlines()[1]
        for text in (feature.owner, feature.fingerprint, feature.value_type, first_line, "Lineage"):
            assert str(escape(text)) in page
        assert page.count("<tr><td>") >= len(feature.tests)


def test_the_same_definitions_give_the_same_bytes_wherever_they_lie(shipped: dict[str, bytes], tmp_path: Path) -> None:
    """Without a repository there is no history; everything else is the same."""
    copy = shutil.copytree(SPECS, tmp_path / "elsewhere")
    one, two = (site_files(load(copy), copy, "headrace") for _ in range(2))
    assert one == two
    without = {
        path: re.sub(rb'<section id="changes".*?</section>\n', b"", page, flags=re.S) for path, page in shipped.items()
    }
    assert without == one


def test_another_history_is_shown_if_given() -> None:
    note = RevisionNote("2026-01-01", "somebody", "because <of> it", "0123456789")
    files = site_files(load(SPECS), SPECS, "headrace", history=lambda catalogue: lambda kind, name: [note])
    assert b"because &lt;of&gt; it" in files["sets/fraud_v1.html"]


def test_hostile_texts_are_texts(tmp_path: Path) -> None:
    write(tmp_path / "sources" / "orders.yaml", {**ORDERS, "description": HOSTILE.replace("\u202e", "")})
    feature = {
        "feature_name": "f", "version": 1, "owner": "a'\"<b>@c.de", "description": HOSTILE, "value_type": "INT64",
        "entity_id": "user_id", "topic_name": "persistent://a/b/feature-c", "source": "orders", "aggregation": "count",
        "window": "1h", "tags": ["<i>", "a&b"], "filter": "country = '<script>'",
    }  # fmt: skip
    write(tmp_path / "f.yaml", feature)
    for page in pages(site_files(load(tmp_path), tmp_path, "headrace")).values():
        text = page.decode()
        assert text.count("<script") == 1 and "49" not in re.sub(r"[0-9a-f]{16}|\d{3,}", "", text)
        assert "<i>" not in text and "<b>" not in text


def many(folder: Path, features: int) -> Definitions:
    write(folder / "sources" / "orders.yaml", ORDERS)
    for number in range(features):
        feature = {
            "feature_name": f"user_{number:04}_count", "version": 1, "owner": f"team-{number % 20}@example.com",
            "description": f"Orders of kind {number}, counted for the {number % 7}th reason", "value_type": "INT64",
            "entity_id": "user_id", "topic_name": "persistent://public/default/feature-user", "source": "orders",
            "aggregation": "count", "window": "1h", "filter": f"quantity = {number}",
        }  # fmt: skip
        write(folder / "user" / f"f{number}.yaml", feature)
    return load(folder)


def test_a_thousand_definitions_are_a_matter_of_seconds(tmp_path: Path) -> None:
    made = many(tmp_path, features := len(seeds(1_000)))
    begun = time.process_time()
    files = site_files(made, tmp_path, "headrace")
    assert time.process_time() - begun < 10
    assert len(pages(files)) == features + 2
    assert max(len(gzip.compress(page)) for page in pages(files).values()) < 50_000
