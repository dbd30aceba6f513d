"""Searches entries and ranks them by the same rule as the script of the static site.

An entry matches if it has every word. Entries whose name begins with the first word come first, then those whose name
has every word, then the others, each in catalogue order.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from serving.catalogue.entries import KINDS, CatalogueEntry
from serving.filter_choices import FilterChoice, counted

FILTERS = ("kind", "entity", "owner", "tag")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class CatalogueFilter:
    """The choices of a reader; empty texts choose nothing. `text` is searched in all words of an entry."""

    kind: str = ""
    entity: str = ""
    owner: str = ""
    tag: str = ""
    text: str = ""

    def matches(self, entries: Iterable[CatalogueEntry]) -> list[CatalogueEntry]:
        """Returns the matching entries, the best first."""
        words = self.text.lower().split()
        return sorted(
            (entry for entry in entries if self._admits(entry, words)), key=lambda entry: _rank(entry.name, words)
        )

    def chosen(self, name: str) -> str:
        """Returns the choice of one filter."""
        return str(asdict(self)[name])

    def query(self) -> Mapping[str, str]:
        """Returns the choices as query parameters."""
        return {"q": self.text, **{name: self.chosen(name) for name in FILTERS}}

    def only(self, **changed: str) -> "CatalogueFilter":
        """Returns the filter with some choices changed."""
        return replace(self, **changed)

    def _admits(self, entry: CatalogueEntry, words: Sequence[str]) -> bool:
        return (
            self.kind in ("", entry.kind)
            and self.owner in ("", entry.owner)
            and (not self.entity or self.entity in entry.entities)
            and (not self.tag or self.tag in entry.tags)
            and all(word in entry.words for word in words)
        )


def filter_of(asked: Mapping[str, str]) -> CatalogueFilter:
    """Parses the filter of an address.

    >>> filter_of({"q": "spend", "kind": "feature"}).text
    'spend'
    """
    chosen = {name: asked.get(name, "")[:_LONGEST] for name in FILTERS}
    return CatalogueFilter(**chosen, text=asked.get("q", "")[:_LONGEST])


def entry_choices(entries: Sequence[CatalogueEntry]) -> dict[str, list[FilterChoice]]:
    """Returns the choices of each filter."""
    kinds = Counter(entry.kind for entry in entries)
    return {
        "kind": [FilterChoice(kind, _KIND_WORDS[kind], kinds[kind]) for kind in KINDS if kinds[kind]],
        "entity": counted(entity for entry in entries for entity in entry.entities),
        "owner": counted(entry.owner for entry in entries if entry.owner),
        "tag": counted(tag for entry in entries for tag in entry.tags),
    }


_KIND_WORDS = {"feature": "features", "set": "feature sets", "source": "sources"}


def _rank(name: str, words: Sequence[str]) -> int:
    if not words:
        return 0
    all_in_name = all(word in name.lower() for word in words)
    return 0 if all_in_name and name.lower().startswith(words[0]) else 1 if all_in_name else 2
