"""Implements `headrace test --suggest`: turns real events of an entity into a test of a feature."""

from collections.abc import Mapping
from pathlib import Path

from cli.dashboard import LOADING, waiting
from cli.error_reporting import InvalidArgument
from cli.handlers.authoring.definition_test_options import DefinitionTestOptions
from cli.handlers.authoring.named import feature_named, time_given
from cli.handlers.authoring.suggested_events import events_of
from cli.terminal import out, where
from dataflows import definition_tests
from dataflows.definitions import definition_files, load
from dataflows.runtime.process.warmup import compile_kernels
from dataflows.runtime.settings_loader import load_settings
from governance.authoring.editing import DefinitionFile, file_of, write_definitions
from governance.authoring.suggestions import NOTE, HashedIds, suggested_case
from reports.formats import plural

_TESTS = "tests"


def suggest(options: DefinitionTestOptions) -> None:
    """Writes a test into the definition, once it passes.

    Raises InvalidArgument, DefinitionErrors, InvalidBound, NoMatchingEvent and UneditableFile.
    """
    settings = load_settings()
    definitions = load(settings.specs)
    name, entity = str(options.suggest), str(options.entity)
    feature, at = feature_named(name, definitions), time_given("--at", options.at)
    with waiting(LOADING):
        compile_kernels()
    events = events_of(entity, feature, definitions, at, options.events, settings)
    hashed = HashedIds(definitions.sources) if options.hash_ids else None
    case = suggested_case(feature, definitions, events, entity, at, hashed)
    file = file_of(definition_files(settings.specs)[name]).with_item(_TESTS, case, NOTE)
    _expect_passes(name, settings.specs, file)
    write_definitions(settings.specs, [file])
    out.print(f"{name}: wrote a test with {_event_count(case)} to {where(file.path)}; the test passes", soft_wrap=True)


def _expect_passes(name: str, specs: Path, file: DefinitionFile) -> None:
    """Runs the test as it will be read from the file."""
    edited = load(specs, {file.path: file.after})
    feature = feature_named(name, edited)
    result = definition_tests.result_of(feature, feature.tests[-1], edited)
    if not result.passed:
        raise InvalidArgument(f"nothing was written: the test made of these events does not pass: {result.detail}")


def _event_count(case: Mapping[str, object]) -> str:
    events = case["events"]
    lists = events.values() if isinstance(events, dict) else [events]
    return plural(sum(len(values) for values in lists if isinstance(values, list)), "event")
