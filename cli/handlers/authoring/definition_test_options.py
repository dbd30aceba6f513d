"""Holds and checks the options of `headrace test`."""

from dataclasses import dataclass
from importlib.util import find_spec

from cli.error_reporting import InvalidArgument


@dataclass(frozen=True, slots=True)
class DefinitionTestOptions:
    """The options of the command; see `cli.commands.authoring.test`."""

    names: tuple[str, ...]
    as_json: bool
    fuzz: bool
    seed: int | None
    examples: int
    laws: tuple[str, ...]
    suggest: str | None
    entity: str | None
    at: str | None
    events: tuple[str, ...]
    hash_ids: bool

    def expect_clear(self) -> None:
        """Raises InvalidArgument if options exclude each other or one is missing."""
        of_suggest = bool(self.entity or self.at or self.events or self.hash_ids)
        of_fuzz = bool(self.seed is not None or self.laws)
        if self.suggest is None and of_suggest:
            raise InvalidArgument("--entity, --at, --events and --hash-ids need --suggest NAME")
        if not self.fuzz and of_fuzz:
            raise InvalidArgument("--seed and --law need --fuzz")
        if self.suggest is not None and (self.fuzz or self.names or self.as_json):
            raise InvalidArgument("--suggest cannot be combined with --fuzz, --json or names")
        if self.suggest is not None and not self.entity:
            raise InvalidArgument("--suggest needs an entity id: --entity ID")
        if self.fuzz and find_spec("hypothesis") is None:
            raise InvalidArgument("--fuzz needs Hypothesis; hint: pip install 'headrace[fuzz]'")
