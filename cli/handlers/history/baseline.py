"""Implements `headrace baseline`: measures a distribution and writes it to the definition."""

from collections.abc import Iterator
from pathlib import Path

from cli.dashboard import LOADING, waiting
from cli.error_reporting import InvalidArgument
from cli.handlers.authoring.named import feature_named, time_given
from cli.handlers.history.baseline_history import observed_intervals
from cli.terminal import err, out, where
from dataflows.definitions import Definitions, Feature, definition_files, load
from dataflows.quality import UnusableDataSet, subject_of, trained_profile
from dataflows.runtime.options import limits_of
from dataflows.runtime.process.warmup import compile_kernels
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from governance.authoring.baselines import MeasuredBaseline, of_intervals, of_profile, sketch
from governance.authoring.editing import file_of, write_definitions

KEY = "baseline_profile"


def baseline(name: str, start: str | None, end: str | None, dataset: Path | None) -> None:
    """Measures a feature's values and writes their distribution.

    Raises InvalidArgument, DefinitionErrors, InvalidBound, NothingMeasured and UneditableFile.
    """
    if dataset is not None and (start or end):
        raise InvalidArgument(
            "--dataset cannot be combined with --from or --to: all rows of a data set are measured together"
        )
    settings = load_settings()
    definitions = load(settings.specs)
    feature = feature_named(name, definitions)
    if dataset is None:
        measured = _of_history(feature, definitions, settings, start, end)
    else:
        measured = _of_dataset(feature, dataset)
    path = _write(feature, measured, settings)
    _print_result(feature, measured, limits_of(settings).min_rows)
    out.print(f"wrote {where(path)}" if measured.baseline else f"{where(path)} has no {KEY}", soft_wrap=True)


def _of_history(
    feature: Feature, definitions: Definitions, settings: Settings, start: str | None, end: str | None
) -> MeasuredBaseline:
    since, until = time_given("--from", start), time_given("--to", end)
    if since is not None and until is not None and since >= until:
        raise InvalidArgument(f"--from {start} is not before --to {end}")
    with waiting(LOADING):
        compile_kernels()
    intervals = observed_intervals(feature, definitions, settings, until)
    subject = subject_of(feature, definitions)
    return of_intervals(subject, limits_of(settings), intervals, [*feature.baseline_profile], since or 0)


def _of_dataset(feature: Feature, dataset: Path) -> MeasuredBaseline:
    try:
        profile = trained_profile(feature, str(dataset), Path.cwd())
    except UnusableDataSet as error:
        raise InvalidArgument(f"--dataset {dataset}, {feature.feature_name}: {error}") from error
    return of_profile(profile, [*feature.baseline_profile])


def _write(feature: Feature, measured: MeasuredBaseline, settings: Settings) -> Path:
    file = file_of(definition_files(settings.specs)[feature.feature_name])
    if measured.baseline:
        file = file.with_mapping(KEY, measured.baseline)
    elif feature.baseline_profile:
        file = file.without(KEY)
    write_definitions(settings.specs, [file])
    return file.path


def _print_result(feature: Feature, measured: MeasuredBaseline, least: int) -> None:
    profile, intervals = measured.profile, measured.intervals
    of = f" in {intervals:,} intervals" if intervals > 1 else ""
    out.print(f"{feature.feature_name}: {profile.present:,} values of {profile.rows:,} rows{of}", soft_wrap=True)
    for line in _lines(feature, measured):
        out.print(f"  {line}", soft_wrap=True)
    if profile.present < least * intervals:
        err.print(f"too few values: drift detection needs {least} in an interval", soft_wrap=True)


def _lines(feature: Feature, measured: MeasuredBaseline) -> Iterator[str]:
    before, left_out = feature.baseline_profile, {figure.key: figure.beyond for figure in measured.left_out}
    width = max(map(len, {*before, *measured.baseline, *left_out}), default=0)
    for key, value in measured.baseline.items():
        yield f"{key:<{width}}  {before.get(key, 'new')} -> {value}"
    for key, beyond in left_out.items():
        yield f"{key:<{width}}  omitted: it would raise an alert in {beyond:,} of {measured.intervals:,} intervals"
    yield sketch(measured.profile, feature.value_type)
