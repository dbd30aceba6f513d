"""Formats the document: JSON or YAML, the same bytes for the same document."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml

DocumentFormat = Literal["json", "yaml"]


def format_of(file: Path) -> DocumentFormat:
    """Returns YAML by the ending of a file, else JSON.

    >>> format_of(Path("asyncapi.yml")), format_of(Path("asyncapi.json"))
    ('yaml', 'json')
    """
    return "yaml" if file.suffix.lower() in (".yaml", ".yml") else "json"


def text_of(document: Mapping[str, Any], form: DocumentFormat) -> str:
    """Returns the text, with a line break at its end."""
    if form == "yaml":
        return yaml.dump(_plain(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


class _Dumper(yaml.SafeDumper):
    """Writes repeated values out, because JSON, the base of the specification, has no anchors."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """Quotes a text if YAML 1.2 could read it as a number and YAML 1.1 does not, such as `1e10`."""
    style = '"' if text[:1] in "0123456789+-." else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _plain(document: Mapping[str, Any]) -> object:
    """Converts to JSON types, because YAML would write tuples and types of its own."""
    return json.loads(json.dumps(document))
