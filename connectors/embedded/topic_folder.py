"""Opens embedded topics: folders of partitions, with size rules in `meta.json` and an id in `topic-id`."""

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import msgspec

from connectors.errors import UNDECODABLE, ExitCode, HeadraceError, naming

_ID = "topic-id"
_NAME = re.compile(r"(?!\.+$)[\w.=:-]+")


class TopicNameError(HeadraceError, ValueError):
    """A topic name cannot be a folder."""

    exit_code = ExitCode.WRONG


class TopicMetaError(HeadraceError, ValueError):
    """A `meta.json` cannot be used."""

    exit_code = ExitCode.WRONG


@dataclass(frozen=True, slots=True)
class TopicRetention:
    """The number of partitions of a topic and the amount retained; the oldest segment goes first. Sizes in bytes."""

    partitions: int = 2
    segment_bytes: int = 64 << 20
    retain_bytes: int = 1 << 30  # per partition

    def __post_init__(self) -> None:
        for name in ("partitions", "segment_bytes", "retain_bytes"):
            if (value := getattr(self, name)) < 1:
                raise ValueError(f"{name} is {value}; expected at least 1")


@dataclass(frozen=True, slots=True)
class TopicFolder:
    """An open topic: its folder and its retention."""

    folder: Path
    keeping: TopicRetention

    def partition(self, number: int) -> Path:
        """Returns the folder of a partition."""
        return self.folder / str(number)


def open_topic(root: Path, topic: str, keeping: TopicRetention | None = None) -> TopicFolder:
    """Opens the topic below `root` and creates it on first use; its creator decides its retention.

    `persistent://tenant/namespace/name` is the folder `tenant/namespace/name`; a bare name is in
    `public/default`. Raises TopicNameError, TopicMetaError.
    """
    folder = root.joinpath(*_parts(topic))
    opened = TopicFolder(folder, _decided(folder, keeping or TopicRetention()))
    for number in range(opened.keeping.partitions):
        opened.partition(number).mkdir(exist_ok=True)
    return opened


def existing_topic(root: Path, topic: str) -> TopicFolder | None:
    """Opens the topic below `root`; None if it does not exist yet. Raises TopicNameError, TopicMetaError."""
    is_there = root.joinpath(*_parts(topic), "meta.json").exists()
    return open_topic(root, topic) if is_there else None


def topic_id(root: Path, topic: str) -> str:
    """Returns the id of a topic, which a later topic of its name does not share; creates it if missing. Raises
    TopicNameError."""
    return _identified(open_topic(root, topic).folder).read_text().strip()


def _identified(folder: Path) -> Path:
    if not (file := folder / _ID).exists():
        _write_once(file, token_hex(8).encode())
    return file


def _parts(topic: str) -> list[str]:
    parts = topic.removeprefix("persistent://").split("/")
    parts = ["public", "default", *parts] if len(parts) == 1 else parts
    if len(parts) != 3 or not all(_NAME.fullmatch(part) for part in parts):
        raise TopicNameError(
            f"topic {topic!r}: expected persistent://tenant/namespace/name of letters, digits and _ . = : -"
        )
    return parts


def _decided(folder: Path, keeping: TopicRetention) -> TopicRetention:
    meta = folder / "meta.json"
    if not meta.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _identified(folder)
        _write_once(meta, msgspec.json.encode(keeping))
    try:
        return msgspec.json.decode(meta.read_bytes(), type=TopicRetention)
    except (*UNDECODABLE, ValueError) as ex:
        raise TopicMetaError(f"{meta}: {ex}; expected {msgspec.json.encode(keeping).decode()}") from ex


def _write_once(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all; only the first of several processes writes it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with naming(draft):
        draft.write_bytes(content)
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
