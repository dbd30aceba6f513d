"""Counts frequent texts, for top values and for drift between categories."""

from collections.abc import Iterable

from datasketches import frequent_items_error_type, frequent_strings_sketch

LONGEST = 200
"""Characters of a text that are kept: a text of megabytes is not a category."""
_SLOTS = 10  # 2**10, of which 768 hold a text; beyond them counts err by at most 0.34 % of the total


class FrequentItems:
    """Counts of the frequent texts, exact while at most 768 texts differ in their first LONGEST characters."""

    def __init__(self, sketch: frequent_strings_sketch | None = None) -> None:
        self._sketch = sketch or frequent_strings_sketch(_SLOTS)

    def add(self, counted: Iterable[tuple[str, int]]) -> None:
        """Adds texts with their counts."""
        update = self._sketch.update
        for text, count in counted:
            update(text, count)

    def merge(self, other: "FrequentItems") -> None:
        """Adds the counts of another sketch, which is unchanged."""
        self._sketch.merge(other._sketch)

    @property
    def n(self) -> int:
        """Returns the number of counted texts."""
        return int(self._sketch.total_weight)

    @property
    def exact(self) -> bool:
        """Returns whether every counted text is still kept, with its true count."""
        return bool(self._sketch.get_upper_bound("") == self._sketch.get_lower_bound(""))

    def counts(self) -> dict[str, int]:
        """Returns texts and counts, the most frequent first; a count is never too low."""
        items = self._sketch.get_frequent_items(frequent_items_error_type.NO_FALSE_NEGATIVES)
        frequencies = {item[0]: int(item[3]) for item in items}
        return dict(sorted(frequencies.items(), key=lambda item: (-item[1], item[0])))

    def dump(self) -> bytes:
        """Encodes the counts as bytes."""
        return bytes(self._sketch.serialize())

    @classmethod
    def load(cls, data: bytes) -> "FrequentItems":
        """Decodes dumped counts."""
        return cls(frequent_strings_sketch.deserialize(data))
