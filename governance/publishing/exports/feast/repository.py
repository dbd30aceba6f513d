"""Writes a Feast repository to a folder: `feature_store.yaml` once, and `definitions.py` at each export."""

from dataclasses import dataclass
from pathlib import Path

from connectors.errors import HeadraceError
from dataflows.definitions import Definitions
from dataflows.history.whole_files import write_whole
from governance.publishing.exports.feast.definitions_file import HEADER, definitions_file, feast_views
from governance.publishing.exports.feast.names import project_name, renamed

STORE, DEFINITIONS = "feature_store.yaml", "definitions.py"
_STORE = """# Created once by `headrace export feast`; edit it as needed.
project: "{project}"
provider: local
registry: data/registry.db
online_store:
  type: sqlite
  path: data/online_store.db
entity_key_serialization_version: 3
"""


class ForeignFile(HeadraceError):
    """A foreign file is in the way; nothing was written."""


@dataclass(frozen=True, slots=True)
class FeastRepository:
    """The written files, and notes for the reader."""

    written: tuple[Path, ...]
    notes: tuple[str, ...]


def export_feast(definitions: Definitions, folder: Path, project: str) -> FeastRepository:
    """Writes the repository. Raises InvalidProject, ForeignFile and OSError."""
    views = feast_views(definitions)
    text = definitions_file(definitions, views)
    store = _STORE.format(project=project_name(project))
    code = folder / DEFINITIONS
    _expect_ours(code)
    made = () if (folder / STORE).exists() else (_write(folder / STORE, store),)
    written = (*made, _write(code, text))
    return FeastRepository(written, tuple(note for view in views for note in renamed(dict(view.fields))))


def _expect_ours(code: Path) -> None:
    if code.exists() and not code.read_text(encoding="utf-8", errors="replace").startswith(HEADER):
        raise ForeignFile(f"{code}: not written by `headrace export feast`; move it away or choose another folder")


def _write(file: Path, text: str) -> Path:
    write_whole(file, text.encode())
    return file
