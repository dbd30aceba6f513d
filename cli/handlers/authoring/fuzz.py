"""Implements `headrace test --fuzz`: checks laws of definitions on generated events."""

import json
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from rich.text import Text

from cli.dashboard import LOADING, waiting
from cli.error_reporting import InvalidArgument, say
from cli.handlers.authoring.definition_test_options import DefinitionTestOptions
from cli.handlers.authoring.named import feature_named
from cli.terminal import err, out
from dataflows.definitions import Definitions, load
from dataflows.expectations import did_you_mean
from dataflows.runtime.process.warmup import compile_kernels
from dataflows.runtime.settings_loader import load_settings
from governance.authoring.editing import item_lines
from governance.checking.laws import LAWS, counterexample
from governance.checking.laws.search import LawResult, NothingGenerated, check_laws
from reports.formats import plural

_SEEDS = 2**31


def fuzz(options: DefinitionTestOptions) -> None:
    """Checks laws of features, and prints counterexamples. Raises InvalidArgument and DefinitionErrors."""
    chosen = _laws(options.laws)
    definitions = load(load_settings().specs)
    features = [feature_named(name, definitions) for name in options.names] or list(definitions.features)
    seed = secrets.randbelow(_SEEDS) if options.seed is None else options.seed
    with waiting(LOADING):
        compile_kernels()
    results = list[LawResult]()
    for feature in features:
        try:
            own = check_laws(feature, definitions, chosen, seed, options.examples)
        except NothingGenerated as unclear:
            say(str(unclear))
            continue
        results += own
        if not options.as_json:
            _print_results(feature.feature_name, own, definitions, seed)
    _end(results, definitions, seed, as_json=options.as_json)


def _laws(names: Sequence[str]) -> Sequence[str]:
    for name in names:
        if name not in LAWS:
            raise InvalidArgument(f"--law {name}: unknown law; {did_you_mean(name, LAWS)}")
    return [name for name in LAWS if not names or name in names]


def _print_results(feature: str, results: Sequence[LawResult], definitions: Definitions, seed: int) -> None:
    broken = [result for result in results if result.broken]
    mark = Text("broken", style="red") if broken else Text("holds ", style="green")
    laws_that_hold = ", ".join(result.law for result in results if not result.broken) or "none"
    out.print(mark.append(f"  {feature}  ({laws_that_hold})", "default"), soft_wrap=True)
    for result in broken:
        _say_broken(result, definitions, seed)


def _say_broken(result: LawResult, definitions: Definitions, seed: int) -> None:
    assert result.broken is not None
    out.print(f"        {result.law}: {LAWS[result.law].says}, but {result.broken.detail}", soft_wrap=True)
    out.print(f"  # {result.law}, seed {seed}: {result.broken.detail}", soft_wrap=True)
    for line in item_lines(
        counterexample(feature_named(result.feature, definitions), result.law, result.broken, definitions)
    ):
        out.print(f"  {line}", soft_wrap=True)


def _end(results: Sequence[LawResult], definitions: Definitions, seed: int, *, as_json: bool) -> None:
    broken = [result for result in results if result.broken]
    if as_json:
        typer.echo(json.dumps({"seed": seed, "results": list(_as_dicts(results, definitions))}))
    else:
        out.print(f"{plural(len(results), 'law')} checked, {len(broken)} broken; seed {seed}")
        if broken:
            err.print(
                f"to repeat, add --seed {seed}; to keep a test printed above, paste it under `tests:` of its feature"
            )
    if broken:
        raise typer.Exit(1)


def _as_dicts(results: Iterable[LawResult], definitions: Definitions) -> Iterable[dict[str, Any]]:
    for result in results:
        fields = {"feature": result.feature, "law": result.law, "holds": result.broken is None}
        if result.broken is not None:
            case = counterexample(feature_named(result.feature, definitions), result.law, result.broken, definitions)
            fields = {**fields, "detail": result.broken.detail, "test": case}
        yield fields
