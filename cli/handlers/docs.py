"""Implements `headrace docs`: writes the static site of all definitions."""

from collections.abc import Callable, Mapping
from pathlib import Path

from cli.output_folder import expect_writable
from cli.terminal import err, out, where
from cli.topics import expect_broker
from connectors.errors import HeadraceError
from dataflows.definitions import Definitions, load
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from governance.publishing.catalogue import (
    ChangeHistory,
    FeatureNow,
    features_now,
    git_history,
    publish,
    registry_history,
    site_files,
)
from governance.registration.registry import InvalidRegistry, RegistryContent, recorded_in, registry_of
from reports.formats import plural
from serving.catalogue import Catalogue
from serving.context import ServingContext


def docs(folder: Path | None, site: Path, against: Path | None, *, live: bool) -> None:
    """Writes the site and prints its path.

    Raises DefinitionErrors, InvalidRegistry, NotPublished, redis.RedisError and OSError.
    """
    settings = load_settings()
    specs = folder or settings.specs
    definitions = load(specs)
    expect_writable(site)
    now = _now(settings, definitions) if live else None
    history = _history(_registered(settings, against), specs)
    files = site_files(definitions, specs, settings.redis_prefix, now, history)
    removed = publish(files, site)
    out.print(where(site / "index.html"))
    removals = f"; removed {plural(len(removed), 'file')} of an earlier run" if removed else ""
    err.print(f"{plural(len(files), 'file')}{removals}", soft_wrap=True)


def _registered(settings: Settings, against: Path | None) -> RegistryContent | None:
    """Returns the registry; if it does not answer, logs it, and the site is written without it."""
    if against is not None:
        return recorded_in(against.read_bytes())
    try:
        expect_broker(settings)
        return registry_of(settings).read()
    except InvalidRegistry:
        raise
    except HeadraceError as error:
        err.print(f"the history is read from git, because the registry is unavailable: {error}", soft_wrap=True)
        return None


def _history(registered: RegistryContent | None, specs: Path) -> Callable[[Catalogue], ChangeHistory] | None:
    if registered is None or not registered.history:
        return None
    return lambda catalogue: registry_history(registered, git_history(catalogue.texts, specs))


def _now(settings: Settings, definitions: Definitions) -> Mapping[str, FeatureNow]:
    context = ServingContext(settings, definitions)
    try:
        return features_now(context)
    finally:
        context.redis.close()
