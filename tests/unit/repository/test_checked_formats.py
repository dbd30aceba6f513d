"""Tests that the formats in the published schemas are checked: one without its validator is passed over silently."""

import gzip
import re

import pytest
from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker
from jsonschema.exceptions import FormatError

from tests.support.oracle.exported_documents import SCHEMAS

FORMAT = re.compile(r'"format": ?"([a-z-]+)"')
OTHERS = {"int64", "ecmascript-regex"}
"""Formats that are no part of JSON Schema."""
WRONG = {
    "date-time": "today", "email": "nobody", "regex": "(", "uri": "a b", "uri-reference": "\\", "uri-template": "{",
    "uuid": "1",
}  # fmt: skip


def formats() -> set[str]:
    """Returns the formats that the schemas name."""
    packed = [gzip.decompress(file.read_bytes()).decode() for file in SCHEMAS.glob("*.gz")]
    plain = [file.read_text() for file in (SCHEMAS / "openlineage").glob("*.json")]
    return {name for text in (*packed, *plain) for name in FORMAT.findall(text)}


def test_every_format_has_a_validator() -> None:
    assert formats() - OTHERS == WRONG.keys()


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_found(name: str) -> None:
    with pytest.raises(FormatError):
        FormatChecker().check(WRONG[name], name)


def test_the_validators_of_exports_check_formats() -> None:
    for validator in (Draft7Validator, Draft202012Validator):
        assert not validator({"format": "uri"}, format_checker=FormatChecker()).is_valid("a b")
