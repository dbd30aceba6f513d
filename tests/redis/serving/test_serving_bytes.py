"""Tests the size of pages in transfer, and what browsers cache of them."""

import base64
import gzip
import hashlib
import re
from pathlib import Path

import pytest

from tests.support.factories.deployments import PAGES, furnish
from tests.support.generators.seeds import some
from tests.support.paths import ROOT
from tests.support.services.redis_server import RedisServer
from tests.support.services.serving_app import MOST_BYTES, OWN_FILES, Served, served

PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture(scope="module")
def app(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Served:
    app = served(redis_server, tmp_path_factory.mktemp("served"))
    furnish(app)
    return app


@pytest.mark.parametrize("path", some(PAGES))
def test_a_page_with_its_scripts_and_styles_is_small(app: Served, path: str) -> None:
    files = OWN_FILES.findall(app.client().get(path).text)
    assert len(files) >= 2
    assert app.sent(path) + sum(app.sent(file) for file in files) <= MOST_BYTES


@pytest.mark.parametrize("path", some(PAGES))
def test_nothing_is_asked_for_before_a_page_can_be_painted(app: Served, path: str) -> None:
    """Its styles are inlined before the elements they apply to; scripts wait until it is loaded."""
    head, _, body = app.client().get(path).text.partition("<body>")
    assert head.count("<style>") >= 2 and "<style>" not in body and "stylesheet" not in head + body
    assert re.findall("<script[^>]*>", head + body) == re.findall(r'<script src="/static/[^"]+" defer>', head)


def test_a_page_is_the_same_compressed_and_not(app: Served) -> None:
    client = app.client()
    plain = client.get("/", headers=PLAIN)
    with client.stream("GET", "/", headers={"Accept-Encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
    assert "content-encoding" not in plain.headers and answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain.content and len(packed) < len(plain.content) / 3
    assert "Accept-Encoding" in answer.headers["vary"] and "Accept-Encoding" in plain.headers["vary"]


def test_a_file_is_kept_for_as_long_as_it_is_the_same(app: Served) -> None:
    client = app.client()
    for address in OWN_FILES.findall(client.get("/quality/user_spend_1h").text):
        known, packed = client.get(address, headers=PLAIN), client.get(address)
        assert known.content == packed.content == (file_of(address)).read_bytes()
        assert known.headers.get_list("cache-control") == ["public, max-age=31536000, immutable"]
        unversioned = client.get(address.partition("?")[0])
        assert unversioned.headers.get_list("cache-control") == ["no-cache"]
        assert known.headers["x-content-type-options"] == "nosniff"
    assert client.get("/").headers.get_list("cache-control") == ["no-store"]


def file_of(address: str) -> Path:
    name = address.partition("?")[0].rpartition("/")[2]
    return next(
        folder / name for folder in (ROOT / "serving/static", ROOT / "reports/static") if (folder / name).exists()
    )


@pytest.mark.parametrize("name", ["", "%2e%2e", "%2e%2e%2fapp.py", "no.css", "live.js%00", "..%5capp.py"])
def test_nothing_else_is_sent(app: Served, name: str) -> None:
    assert app.client().get(f"/static/{name}").status_code == 404


@pytest.mark.parametrize("path", some(PAGES))
def test_every_page_keeps_the_strict_policy(app: Served, path: str) -> None:
    answer = app.client().get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert " style=" not in answer.text and "<style " not in answer.text
    for sheet in re.findall("<style>(.*?)</style>", answer.text, re.DOTALL):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()}'" in policy
    assert not re.search(r"<script(?! src=\"/static/)", answer.text)
    assert not re.search(r"(src|action)=\"(?!/)", answer.text)
