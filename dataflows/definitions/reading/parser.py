"""Parses a file to a checked model, or to its mistakes, each with its line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dataflows.definitions.errors import DefinitionError, ScalarText
from dataflows.definitions.model.cases import CaseSpec
from dataflows.definitions.model.deprecation import Deprecation
from dataflows.definitions.model.feature_set import Consumer
from dataflows.definitions.model.rules import RULES
from dataflows.definitions.model.source import EventTime
from dataflows.definitions.reading import files, yaml_document
from dataflows.definitions.reading.yaml_document import QUOTE_IT, Document
from dataflows.expectations import EXPECTED, close_to, did_you_mean

M = TypeVar("M", bound=BaseModel)
_NUMBER_AS_TEXT = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?")
_SAYS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
    "string_too_short": "some text",
    "too_short": "at least one entry",
}
_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
_PARTS: dict[str, type[BaseModel]] = {
    "event_time": EventTime,
    "tests": CaseSpec,
    "consumers": Consumer,
    "deprecated": Deprecation,
}


@dataclass(frozen=True, slots=True)
class ParsedFile(Generic[M]):
    """A file that could be parsed: `spec` is its content, `document` its lines."""

    file: Path
    document: Document
    spec: M

    def error(self, path: yaml_document.Path, expected: str, hint: str | None = None) -> DefinitionError:
        """Creates a mistake at a path of the document."""
        return _error(self.file, self.document, path, expected, hint)


@dataclass(frozen=True, slots=True)
class FileWithErrors:
    """A file with errors at some paths of its document; if `quiet`, checks add no further errors."""

    file: Path
    document: Document
    paths: frozenset[yaml_document.Path]
    quiet: bool = False

    def error(self, path: yaml_document.Path, expected: str, hint: str | None = None) -> DefinitionError:
        """Creates a mistake at a path of the document."""
        return _error(self.file, self.document, path, expected, hint)


@dataclass(frozen=True, slots=True)
class ParseResult(Generic[M]):
    """The result of parsing a file: the file, or its mistakes with `misread` if there is a document at all."""

    parsed: ParsedFile[M] | None = None
    errors: tuple[DefinitionError, ...] = ()
    misread: FileWithErrors | None = None


def parse(file: Path, model: type[M], content: bytes | None = None) -> ParseResult[M]:
    """Parses a file to a model, or to all its mistakes; `content` replaces the content of the file."""
    try:
        return _checked(file, yaml_document.read(files.content(file) if content is None else content), model)
    except files.UnreadableFile as refused:
        return ParseResult(errors=(DefinitionError(file, 1, "", None, refused.expected, refused.hint),))
    except OSError as error:
        return ParseResult(errors=(DefinitionError(file, 1, "", None, "a readable file", error.strerror),))
    except yaml_document.YamlErrors as wrong:
        errors = tuple(_of_yaml(file, error) for error in wrong.errors)
        return ParseResult(None, errors, _misread(file, wrong))


def _checked(file: Path, document: Document, model: type[M]) -> ParseResult[M]:
    if not isinstance(document.value, dict):
        return ParseResult(errors=(_error(file, document, (), "a mapping (key: value)", None),))
    try:
        return ParseResult(ParsedFile(file, document, model.model_validate(document.value)))
    except ValidationError as error:
        errors = dict(_of_model(file, document, model, error))
        return ParseResult(None, tuple(errors.values()), FileWithErrors(file, document, frozenset(errors)))


def _misread(file: Path, wrong: yaml_document.YamlErrors) -> FileWithErrors | None:
    """Keeps a document that YAML finds ambiguous; models check it once that is corrected."""
    document = wrong.document
    if document is None or not isinstance(document.value, dict):
        return None
    return FileWithErrors(file, document, frozenset(error.path for error in wrong.errors), quiet=True)


def _of_yaml(file: Path, error: yaml_document.YamlError) -> DefinitionError:
    value = None if error.value is None else ScalarText(error.value)
    return DefinitionError(file, error.line, dotted(error.path), value, error.expected, error.hint)


def _of_model(
    file: Path, document: Document, model: type[BaseModel], error: ValidationError
) -> Iterator[tuple[yaml_document.Path, DefinitionError]]:
    reported: set[yaml_document.Path] = set()
    for details in error.errors(include_url=False):
        path = _path(document, details)
        if path not in reported:
            reported.add(path)
            yield path, _error(file, document, path, *_words(document, model, path, details))


def _path(document: Document, details: ErrorDetails) -> yaml_document.Path:
    """Returns the path in the document, without the variant names that the models insert."""
    path: yaml_document.Path = ()
    for part in details["loc"]:
        if (*path, part) in document.value_lines:
            path = (*path, part)
    return (*path, details["loc"][-1]) if details["type"] == "missing" else path


def _words(
    document: Document, model: type[BaseModel], path: yaml_document.Path, details: ErrorDetails
) -> tuple[str, str | None]:
    """Words one error of the models as (expected, hint)."""
    kind, context, value = details["type"], details.get("ctx", {}), details["input"]
    if kind == "missing":
        return "a value", "it is missing"
    if kind == "extra_forbidden":
        return "a known key", did_you_mean(str(path[-1]), _keys(model, path, document))
    if kind in ("literal_error", "union_tag_invalid"):
        choices = re.findall(r"'([^']*)'", str(context.get("expected") or context.get("expected_tags")))
        return _any_of(choices), _hint(context.get("tag", value), choices)
    if kind == "union_tag_not_found":
        return f"a mapping with the key {str(context['discriminator']).strip(chr(39))}", None
    if kind == EXPECTED:
        return str(context["expected"]), str(context["hint"]) or _hint(value)
    bounds = [f"{words} {context[key]}" for key, words in _BOUNDS.items() if key in context]
    return _SAYS.get(kind, " ".join(bounds) or details["msg"]), _hint(value) if kind in _SAYS else None


def _any_of(choices: Sequence[str]) -> str:
    """Joins choices: `A, B or C`."""
    *others, last = choices
    return f"{', '.join(others)} or {last}" if others else last


def _hint(value: object, choices: Sequence[str] = ()) -> str | None:
    """Hints at a correction for a value of the wrong type."""
    if isinstance(value, str):
        if choices:
            return close_to(value, choices)
        if _NUMBER_AS_TEXT.fullmatch(value):
            return "YAML reads it as text: write a plain number such as 1000.0, without quotes"
        return None
    return QUOTE_IT if isinstance(value, bool | int | float) else None


def _keys(model: type[BaseModel], path: yaml_document.Path, document: Document) -> Sequence[str]:
    """Returns the known keys at the end of a path."""
    if len(path) == 1:
        return list(model.model_fields)
    if path[0] == "validation_rules":
        rule = document.value["validation_rules"][path[1]].get("rule")
        known = [
            rule_model.model_fields for rule_model in RULES if rule in str(rule_model.model_fields["rule"].annotation)
        ]
        return [name for fields in known for name in fields]
    part = _PARTS.get(str(path[0]))
    return list(part.model_fields) if part else []


def _error(
    file: Path, document: Document, path: yaml_document.Path, expected: str, hint: str | None
) -> DefinitionError:
    return DefinitionError(file, document.line(path), dotted(path), _value(document, path), expected, hint)


def _value(document: Document, path: yaml_document.Path) -> Any:
    """Returns the value at a path: the text of a scalar as written, or None without a value."""
    if path in document.written:
        return ScalarText(document.written[path])
    value = document.value
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value if path else None


def dotted(path: yaml_document.Path) -> str:
    """Formats a path for people.

    >>> dotted(("tests", 0, "expect", "u1"))
    'tests[0].expect.u1'
    """
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
