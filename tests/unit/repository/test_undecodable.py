"""Tests that no reader of foreign bytes forgets that they may be no UTF-8, or nested too deeply."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from connectors.errors import UNDECODABLE
from reports import errors
from tests.support.paths import ROOT

_ERROR, _NAME = re.compile(r"msgspec\.(Decode|Msgspec)Error"), re.compile(r"(Decode|Msgspec)Error")
PACKAGES = ("cli", "connectors", "dataflows", "governance", "headrace", "reports", "serving")


@pytest.mark.parametrize("content", [b"{", b'{"a": 1}', b'["\xe9"]', b"[" * 100_000, b"\xff\xfe", b""])
def test_what_a_decoder_raises_for_other_content_is_undecodable(content: bytes) -> None:
    for form in (list[str], list[object]):
        with pytest.raises(UNDECODABLE):
            msgspec.json.decode(content, type=form)


def test_what_no_decoder_can_read_is_the_same_in_all_packages() -> None:
    assert errors.UNDECODABLE == UNDECODABLE


def test_no_handler_names_errors_of_a_decoder_by_itself() -> None:
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    assert [f"{file.relative_to(ROOT)} {caught}" for file in files for caught in _decoder_errors(file)] == []


def _decoder_errors(file: Path) -> Iterator[str]:
    text = file.read_text()
    for node in ast.walk(ast.parse(text)) if _NAME.search(text) else ():
        if isinstance(node, ast.ExceptHandler) and node.type and _ERROR.search(ast.unparse(node.type)):
            yield ast.unparse(node.type)
