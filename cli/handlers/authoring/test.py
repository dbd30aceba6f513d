"""Implements `headrace test`: runs the `tests:` sections of the definitions, without a broker."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby

import typer
from rich.text import Text

from cli.dashboard import LOADING, waiting
from cli.handlers.authoring.definition_test_options import DefinitionTestOptions
from cli.handlers.authoring.named import feature_named
from cli.terminal import out
from dataflows import definition_tests
from dataflows.definition_tests import SpecTestResult
from dataflows.definitions import load
from dataflows.runtime.process.warmup import compile_kernels
from dataflows.runtime.settings_loader import load_settings


def test(options: DefinitionTestOptions) -> None:
    """Runs the tests of definitions: events in, the expected value at a time. No broker, no Redis.

    Raises InvalidArgument and DefinitionErrors.
    """
    definitions = load(load_settings().specs)
    names = {feature_named(name, definitions).feature_name for name in options.names}
    with waiting(LOADING):
        compile_kernels()
    begun = time.perf_counter()
    results = definition_tests.run(definitions, names)
    _show(results, (time.perf_counter() - begun) * 1000, options.as_json)
    if not all(result.passed for result in results):
        raise typer.Exit(1)


def _show(results: Sequence[SpecTestResult], milliseconds: float, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"results": [asdict(result) for result in results], "ms": round(milliseconds, 1)}))
        return
    if not results:
        out.print("no definition contains tests")
    for feature, cases in groupby(results, key=lambda result: result.feature):
        _show_feature(feature, list(cases))
    failed = sum(not result.passed for result in results)
    verdict = Text(f"{failed} failed", style="red").append(", ", "default") if failed else Text()
    out.print(verdict.append(f"{len(results) - failed} passed in {milliseconds:.0f} ms", "default"))


def _show_feature(feature: str, cases: Sequence[SpecTestResult]) -> None:
    wrong = [result for result in cases if not result.passed]
    mark = Text("failed", style="red") if wrong else Text("passed", style="green")
    out.print(mark.append(f"  {feature}  ({len(cases)} {'test' if len(cases) == 1 else 'tests'})", "default"))
    for result in wrong:
        out.print(f"        {result.case}: {result.detail}", soft_wrap=True)
