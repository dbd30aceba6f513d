"""`headrace docs`: the static site of all definitions."""

from collections.abc import Mapping
from pathlib import Path

from cli.output_folder import expect_writable
from cli.terminal import err, out, where
from dataflows.definitions import Definitions, load
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from governance.catalogue import FeatureNow, features_now, publish, site_files
from reports.formats import plural
from serving.context import ServingContext


def docs(folder: Path | None, site: Path, *, live: bool) -> None:
    """Writes the site and says where it is. Raises DefinitionErrors, NotPublished, redis.RedisError and OSError."""
    settings = load_settings()
    specs = folder or settings.specs
    definitions = load(specs)
    expect_writable(site)
    now = _now(settings, definitions) if live else None
    files = site_files(definitions, specs, settings.redis_prefix, now)
    removed = publish(files, site)
    out.print(where(site / "index.html"))
    gone = f"; removed {plural(len(removed), 'file')} of an earlier run" if removed else ""
    err.print(f"{plural(len(files), 'file')}{gone}", soft_wrap=True)


def _now(settings: Settings, definitions: Definitions) -> Mapping[str, FeatureNow]:
    shelf = ServingContext(settings, definitions)
    try:
        return features_now(shelf)
    finally:
        shelf.redis.close()
