"""`headrace new`: a definition from nothing, checked with all others."""

from collections.abc import Sequence
from pathlib import Path

from cli.handlers.authoring.author import author
from cli.terminal import err, out, where
from dataflows.definitions import load
from dataflows.runtime.settings_loader import load_settings
from governance.scaffolding import AskedFeature, SampledEvents, new_feature, new_set, new_source


def feature(
    name: str,
    owner: str | None,
    *,
    source: str | None,
    entity: str | None,
    aggregation: str,
    value: str | None,
    window: str,
) -> None:
    """Writes a feature. Raises DefinitionErrors, AlreadyThere, UnclearDefinition, Mistake."""
    specs = load_settings().specs
    asked = AskedFeature(
        name=name,
        owner=author(owner),
        source=source,
        entity=entity,
        aggregation=aggregation,
        value=value,
        window=window,
    )
    _written(new_feature(specs, load(specs), asked), specs)


def source(name: str, topic: str | None, sample: Path, entities: list[str]) -> None:
    """Writes a source. Raises DefinitionErrors, AlreadyThere, InvalidSample, UnclearDefinition."""
    specs = load_settings().specs
    events = SampledEvents.read(sample)
    paths = new_source(specs, name, topic, events, entities)
    if events.left_out:
        err.print(f"left out, for no column can hold them: {', '.join(events.left_out)}")
    _written(paths, specs)


def feature_set(name: str, owner: str | None, features: list[str]) -> None:
    """Writes a feature set. Raises DefinitionErrors, AlreadyThere, Mistake."""
    specs = load_settings().specs
    _written(new_set(specs, name, author(owner), features), specs)


def _written(paths: Sequence[Path], specs: Path) -> None:
    """Says where; all definitions are checked with the new one."""
    for path in paths:
        out.print(where(path))
    load(specs)
