"""Drafts a file with mistakes as far as it can be checked, so that one mistake does not hide the others."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from dataflows.definitions.errors import DefinitionError
from dataflows.definitions.model.feature import FeatureSpec
from dataflows.definitions.model.feature_set import FeatureSetSpec
from dataflows.definitions.model.source import SourceSpec
from dataflows.definitions.reading.parser import FileWithErrors, ParsedFile
from dataflows.definitions.reading.yaml_document import Path

M = TypeVar("M", bound=BaseModel)
_TOPIC = "persistent://stands/in/here"
_STANDIN = "stands_in"
_FEATURE: dict[str, Any] = {
    "feature_name": _STANDIN,
    "version": 1,
    "owner": "stands@in.here",
    "description": "stands in",
    "value_type": "DOUBLE",
    "entity_id": "stands_in_id",
    "topic_name": _TOPIC,
}
_FEATURE_SET: dict[str, Any] = {
    "set_name": _STANDIN,
    "version": 1,
    "owner": "stands@in.here",
    "description": "stands in",
    "features": [_STANDIN],
}
_FOLLOWS: dict[str, tuple[str, ...]] = {
    "value_type": ("validation_rules", "baseline_profile", "tests"),
    "entity_id": ("feature_name", "expression"),
    "columns": ("required", "event_time", "entities"),
    "event_time": ("columns",),
    "entities": ("columns",),
}
"""Keys whose checks are skipped while a key is in doubt."""


@dataclass(frozen=True, slots=True)
class Draft(Generic[M]):
    """The readable part of a file with mistakes: `doubted` keys were omitted or replaced by placeholders.

    The types of `unsure` columns are unknown; `unsure` entries of a list are placeholders.
    """

    parsed: ParsedFile[M]
    doubted: frozenset[str]
    unsure: frozenset[str]
    quiet: bool

    def is_certain(self, error: DefinitionError) -> bool:
        """Returns whether a mistake cannot follow from doubted keys."""
        follow = {key for doubted in self.doubted for key in (doubted, *_FOLLOWS.get(doubted, ()))}
        return not self.quiet and error.key not in follow and str(error.value) not in self.unsure


def source_draft(misread: FileWithErrors) -> Draft[SourceSpec] | None:
    """Drafts a source without its mistakes."""
    columns = misread.document.value.get("columns")
    known = [name for name in columns if ("columns", name) not in misread.paths] if isinstance(columns, dict) else []
    first = known[0] if known else _STANDIN
    standins = {
        "source": misread.file.stem,
        "topic": _TOPIC,
        "columns": {first: "STRING"},
        "event_time": {"column": first},
        "entities": {"stands_in_id": first},
    }
    return _draft(misread, SourceSpec, standins)


def feature_draft(misread: FileWithErrors) -> Draft[FeatureSpec] | None:
    """Drafts a feature without its mistakes."""
    return _draft(misread, FeatureSpec, _FEATURE)


def feature_set_draft(misread: FileWithErrors) -> Draft[FeatureSetSpec] | None:
    """Drafts a feature set without its mistakes."""
    return _draft(misread, FeatureSetSpec, _FEATURE_SET)


def _draft(misread: FileWithErrors, model: type[M], standins: dict[str, Any]) -> Draft[M] | None:
    doubted = {str(path[0]) for path in misread.paths if path and not _is_part(path)}
    value = {key: given for key, given in misread.document.value.items() if key not in doubted}
    unsure = {*_drop_columns(misread, value), *_stand_in_features(misread, value)}
    try:
        spec = model.model_validate({**standins, **value})
    except ValidationError:
        return None
    parsed = ParsedFile(misread.file, misread.document, spec)
    return Draft(parsed, frozenset(doubted), frozenset(unsure), misread.quiet)


def _is_part(path: Path) -> bool:
    """Returns whether a mistake affects one column or one feature of a set, so that the others can be checked."""
    return path[0] in ("columns", "features") and len(path) > 1


def _drop_columns(misread: FileWithErrors, value: dict[str, Any]) -> set[str]:
    """Removes the columns with mistakes; returns their names."""
    unsure = {str(path[1]) for path in misread.paths if path[:1] == ("columns",) and len(path) > 1}
    if unsure and isinstance(value.get("columns"), dict):
        value["columns"] = {name: kind for name, kind in value["columns"].items() if name not in unsure}
    return unsure


def _stand_in_features(misread: FileWithErrors, value: dict[str, Any]) -> set[str]:
    """Replaces entries with mistakes by placeholder names, so that the others keep their indexes; returns the
    entries."""
    given = value.get("features")
    if not isinstance(given, list):
        return set()
    wrong = [place for place in range(len(given)) if ("features", place) in misread.paths]
    value["features"] = [_STANDIN if place in wrong else name for place, name in enumerate(given)]
    return {str(misread.document.written.get(("features", place), given[place])) for place in wrong}
