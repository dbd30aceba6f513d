"""Renders the static site: an index with a search, a page per definition, and their assets."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from dataflows.definitions import Definitions
from governance.publishing.catalogue.change_history import ChangeHistory, git_history
from governance.publishing.catalogue.live_facts import FeatureNow
from serving.assets import FOLDERS
from serving.catalogue import Catalogue, CatalogueFilter, Link
from serving.pages import environment

HERE = Path(__file__).parent
STATIC = ("report.css", "style.css", "catalogue.css", "icon.svg", "site.js")
_INDEX = "index.html"


def site_files(
    definitions: Definitions,
    folder: Path,
    prefix: str,
    now: Mapping[str, FeatureNow] | None = None,
    history: Callable[[Catalogue], ChangeHistory] | None = None,
) -> dict[str, bytes]:
    """Returns the files of the site by path; the same for the same definitions, history and store.

    `folder` holds the files of the definitions, `prefix` begins the keys in Redis, `now` is the state from a running
    store, `history` returns the changes of a definition, from git by default. Raises OSError.
    """
    catalogue = Catalogue(definitions, folder, prefix)
    changes = history(catalogue) if history else git_history(catalogue.texts, folder)
    pages = _Pages(catalogue, now, changes)
    return {path: text.encode() for path, text in pages.all()} | dict(_assets())


class _Pages:
    """Renders the pages of a catalogue."""

    def __init__(self, catalogue: Catalogue, now: Mapping[str, FeatureNow] | None, history: ChangeHistory) -> None:
        self._catalogue, self._now, self._history = catalogue, now, history
        self._templates: Environment = environment(HERE / "templates")

    def all(self) -> Iterator[tuple[str, str]]:
        """Yields every page with its path."""
        yield _INDEX, self._index()
        for entry in self._catalogue.entries:
            view = self._catalogue.view(entry.kind, entry.name, _link("../"))
            if view is not None:
                changes = self._history(entry.kind, entry.name)
                yield _page(entry.kind, entry.name), self._definition(view.template, view.values, changes)

    def _index(self) -> str:
        catalogue = self._catalogue
        return self._filled(
            "site_index.html",
            "",
            entries=catalogue.entries,
            choices=catalogue.choices,
            chosen=CatalogueFilter(),
            link=_link(""),
            fingerprint=catalogue.definitions.fingerprint,
        )

    def _definition(self, template: str, values: Mapping[str, Any], history: object) -> str:
        own = "site_feature.html" if template == "catalogue_feature.html" else template
        now = None if self._now is None else self._now.get(values["name"])
        return self._filled(own, "../", **values, history=history, now=now, asked=self._now is not None)

    def _filled(self, template: str, up: str, **values: Any) -> str:
        """Renders a template; `up` leads from a page to the folder of the site."""
        return self._templates.get_template(template).render(
            frame="site_base.html", up=up, asset=lambda name: f"{up}static/{name}", sheet=_sheet(up), **values
        )


def _sheet(up: str) -> Callable[[str], Markup]:
    """Returns links to style sheets, which all pages of the site share."""
    return lambda name: Markup('<link rel="stylesheet" href="{}">').format(f"{up}static/{name}")


def _link(up: str) -> Link:
    return lambda kind, name: f"{up}{_page(kind, name)}"


def _page(kind: str, name: str) -> str:
    return f"{kind}s/{name}.html"


def _assets() -> Iterator[tuple[str, bytes]]:
    folders = (*FOLDERS, HERE / "static")
    for name in STATIC:
        file = next(folder / name for folder in folders if (folder / name).is_file())
        yield f"static/{name}", file.read_bytes()
