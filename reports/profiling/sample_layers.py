"""A profile in layers of its sample, so that samples of different shares can be put together.

The sample of a worker are the ids whose hash begins with at least `level` zero bits, each bit more halving it. Taken
together with a sample of a higher level, only the ids of that level count, else the entities of a worker with few would
weigh more than others.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from reports.profiling.profile import Profile

MOST = 16
"""Layers at most: the last is of all ids with as many zero bits, or more."""


@dataclass(frozen=True, slots=True)
class SampleLayers:
    """Profiles by zero bits: that at place i is of ids with `level + i` of them, the last of those with more too."""

    level: int
    profiles: tuple[Profile, ...]

    def thinned(self, level: int, whole: Profile) -> Profile:
        """The ids of a level, standing for all entities of the `whole` profile."""
        thin = Profile(whole.kind, len(whole.violations))
        for profile in self.profiles[min(level - self.level, MOST - 1) :]:
            thin.merge(profile)
        thin.take_over(whole)
        return thin

    def dump(self) -> bytes:
        """As bytes."""
        return msgspec.msgpack.encode((self.level, [profile.dump() for profile in self.profiles]))

    @classmethod
    def load(cls, data: bytes) -> "SampleLayers":
        """What was dumped."""
        level, profiles = msgspec.msgpack.decode(data, type=tuple[int, list[bytes]])
        return cls(level, tuple(map(Profile.load, profiles)))

    def __reduce__(self) -> tuple[Callable[[bytes], "SampleLayers"], tuple[bytes]]:
        """Between processes layers go as their bytes."""
        return SampleLayers.load, (self.dump(),)
