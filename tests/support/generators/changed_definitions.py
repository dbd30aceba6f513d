"""Changes random definitions at random: other filters, values, windows and options; added and removed features."""

from pathlib import Path
from typing import Any

import numpy as np
import yaml

from dataflows.definitions.loader import Definitions, load
from tests.support.factories.definitions import HOUR, MINUTE, write
from tests.support.generators.random_definitions import FILTERS, VALUES, duration

WINDOWS = (5 * MINUTE, HOUR, 5 * HOUR, 24 * HOUR)


def changed(rng: np.random.Generator, before: Path, after: Path) -> Definitions:
    """Changes the definitions of a folder at random and writes them to another one.

    About half of the features change; sometimes a source is decoded differently, so that some of its events are
    refused.
    """
    for path in sorted(before.rglob("*.yaml")):
        document = yaml.safe_load(path.read_text())
        target = after / path.relative_to(before)
        if "source" in document and "columns" in document:
            write(target, _source(rng, document))
        elif (feature := _feature(rng, document)) is not None:
            write(target, feature)
    return load(after)


def _source(rng: np.random.Generator, document: dict[str, Any]) -> dict[str, Any]:
    strict = rng.random() < 0.3
    return {**document, "required": [*document["required"], "country"]} if strict else document


def _feature(rng: np.random.Generator, document: dict[str, Any]) -> dict[str, Any] | None:
    """Changes a feature; the ratio of two features stays unchanged, so that its inputs are never removed."""
    draw = rng.random()
    if draw < 0.4 or "expression" in document:
        return document
    source, kind = document["source"], _kind(document)
    raised = {**document, "version": 2}
    if draw < 0.6:
        condition = FILTERS[source][int(rng.integers(1, len(FILTERS[source])))]
        return {**raised, "filter": condition}
    if draw < 0.8 and kind is not None:
        return {**raised, "value": VALUES[source][kind][int(rng.integers(len(VALUES[source][kind])))]}
    window = WINDOWS[int(rng.integers(len(WINDOWS)))]
    return {key: value for key, value in {**raised, "window": duration(window)}.items() if key != "hop"}


def _kind(document: dict[str, Any]) -> str | None:
    kinds = VALUES[document["source"]]
    return next((kind for kind, texts in kinds.items() if document.get("value") in texts), None)
