"""Splits a profile into layers of its sample, so that samples of different shares can be merged.

A worker samples the ids whose hash begins with at least `level` zero bits; each bit halves the sample. Merged with a
sample of a higher level, only the ids of that level count; otherwise the entities of a small worker would weigh more
than others.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from reports.profiling.profile import Profile

MOST = 16
"""Most layers: the last holds all ids with this many zero bits or more."""


@dataclass(frozen=True, slots=True)
class SampleLayers:
    """Profiles by zero bits: entry i holds the ids with `level + i` of them, the last entry also those with more."""

    level: int
    profiles: tuple[Profile, ...]

    def thinned(self, level: int, whole: Profile) -> Profile:
        """Returns the ids of a level, standing for all entities of the `whole` profile."""
        thin = Profile(whole.kind, len(whole.violations))
        for profile in self.profiles[min(level - self.level, MOST - 1) :]:
            thin.merge(profile)
        thin.take_over(whole)
        return thin

    def dump(self) -> bytes:
        """Encodes the layers as bytes."""
        return msgspec.msgpack.encode((self.level, [profile.dump() for profile in self.profiles]))

    @classmethod
    def load(cls, data: bytes) -> "SampleLayers":
        """Decodes dumped layers."""
        level, profiles = msgspec.msgpack.decode(data, type=tuple[int, list[bytes]])
        return cls(level, tuple(map(Profile.load, profiles)))

    def __reduce__(self) -> tuple[Callable[[bytes], "SampleLayers"], tuple[bytes]]:
        """Pickles layers as their bytes."""
        return SampleLayers.load, (self.dump(),)
