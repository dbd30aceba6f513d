"""Writes folders of small definitions for the tests of dataflows.definitions: a source `orders` and further files."""

from pathlib import Path

import pytest

from dataflows.definitions.errors import DefinitionErrors
from dataflows.definitions.loader import Definitions, Feature, load

ORDERS = """\
source: orders
topic: persistent://public/default/raw-orders
columns: {event_type: STRING, user_id: STRING, shop: INT64, amount: DOUBLE, quantity: INT64, at: INT64}
required: [event_type, at]
event_time: {column: at, unit: ms}
entities: {user_id: user_id, shop_id: shop}
"""
FEATURE = """\
feature_name: spend_7d
version: 1
owner: team@example.com
description: Spend of 7 days
value_type: DOUBLE
entity_id: user_id
topic_name: persistent://public/default/feature-user_profile
source: orders
filter: event_type = 'paid'
value: amount
aggregation: sum
window: 7d
"""
DERIVED = """\
feature_name: spend_per_day
version: 1
owner: team@example.com
description: Spend a day
value_type: DOUBLE
entity_id: user_id
topic_name: persistent://public/default/feature-user_profile
expression: spend_7d / 7
"""
FEATURE_SET = """\
set_name: fraud_v1
version: 1
owner: team@example.com
description: What the fraud model reads
features:
  - spend_per_day
  - spend_7d
consumers:
  - {name: checkout, owner: shop@example.com}
"""


class Folder:
    """Writes files (path, `__` for a slash -> text) and returns the folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, **files: str) -> Path:
        for name, text in {"sources__orders": ORDERS, **files}.items():
            path = self._path / f"{name.replace('__', '/')}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return self._path


def with_line(text: str, line: str) -> str:
    """Returns the text with the line of this key replaced, or added at the end."""
    key = line.split(":", maxsplit=1)[0]
    lines = [line if old.startswith(f"{key}:") else old for old in text.splitlines()]
    return "\n".join(lines if line in lines else [*lines, line]) + "\n"


def without(text: str, *keys: str) -> str:
    return "".join(f"{line}\n" for line in text.splitlines() if line.split(":", maxsplit=1)[0] not in keys)


def mistakes(path: Path) -> list[str]:
    """Returns the mistakes found, with files named relative to the folder."""
    with pytest.raises(DefinitionErrors) as raised:
        load(path)
    return str(raised.value).replace(f"{path}/", "").splitlines()


def only(definitions: Definitions) -> Feature:
    (feature,) = definitions.features
    return feature


def feature_with(folder: Folder, *lines: str) -> Feature:
    """Returns the feature with some lines changed."""
    text = FEATURE
    for line in lines:
        text = with_line(text, line)
    return only(load(folder(users__f=text)))


def of_feature(folder: Folder, *lines: str, drop: tuple[str, ...] = ()) -> list[str]:
    """Returns the mistakes of the feature with some lines changed."""
    text = without(FEATURE, *drop)
    for line in lines:
        text = with_line(text, line)
    return mistakes(folder(users__f=text))
