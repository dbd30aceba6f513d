"""Keeps the definition files of a data set, so that it can be made again without the originals."""

from collections.abc import Mapping
from pathlib import Path

from dataflows.definitions import Definitions, load
from dataflows.definitions.reading.folder import parse_folder


def texts_of(folder: Path, definitions: Definitions) -> dict[str, str]:
    """Returns the texts of the files that contain these definitions, by their path in the folder."""
    parsed = parse_folder(folder)
    features = {feature.feature_name for feature in definitions.features}
    files = [parsed_file.file for parsed_file in parsed.features.whole if parsed_file.spec.name in features]
    sources = {feature.source for feature in definitions.features}
    files += [parsed_file.file for parsed_file in parsed.sources.whole if parsed_file.spec.source in sources]
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in sorted(files)}


def definitions_in(texts: Mapping[str, str], folder: Path) -> Definitions:
    """Loads definitions from texts, by writing them to a folder. Raises DefinitionErrors."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load(folder, whole=False)
