"""Compares all places, and advises on those that disagree."""

from collections.abc import Iterator, Mapping
from contextlib import closing

import msgspec

from connectors.errors import HeadraceError
from dataflows.definitions import Definitions
from dataflows.runtime.settings import Settings
from governance.registration.diagnosis.in_use import in_rows, in_run, in_state, redis_of
from governance.registration.diagnosis.on_record import in_registry, in_schemas
from governance.registration.diagnosis.place import PLACES, PlaceName, PlaceVerdicts, Verdict, verdicts_of
from governance.registration.registry.registered import documented

ADVICE: Mapping[PlaceName, str] = {
    "registry": "run `headrace register`",
    "schema": "run `headrace register`",
    "run": "restart the dataflow: it runs other definitions",
    "state": "the next run starts it over; start the run, or run `headrace replay` first",
    "rows": "the next row of each entity corrects it; `headrace replay` corrects all rows at once",
}


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """The verdicts of each place, and the keys of all definitions."""

    keys: tuple[str, ...]
    places: tuple[PlaceVerdicts, ...]

    @property
    def unknown(self) -> tuple[PlaceVerdicts, ...]:
        """Returns the places that do not answer."""
        return tuple(place for place in self.places if place.unknown)

    def of(self, key: str) -> dict[PlaceName, Verdict]:
        """Returns each place's verdict on a definition, without places that have none."""
        return {place.name: place.verdicts[key] for place in self.places if key in place.verdicts}

    def disagreeing(self) -> Iterator[tuple[str, dict[PlaceName, Verdict], str]]:
        """Yields the definitions on which a place differs, with advice."""
        for key in self.keys:
            verdicts = self.of(key)
            wrong = [name for name in PLACES if verdicts.get(name, "same") != "same"]
            if wrong:
                yield key, verdicts, ADVICE[wrong[0]]


def diagnosed(settings: Settings, definitions: Definitions) -> Diagnosis:
    """Asks every place of these settings."""
    places = tuple(_places(settings, definitions))
    keys = {*documented(definitions)}.union(*(place.verdicts for place in places))
    return Diagnosis(keys=tuple(sorted(keys)), places=places)


def _places(settings: Settings, definitions: Definitions) -> Iterator[PlaceVerdicts]:
    yield verdicts_of("registry", lambda: in_registry(settings, definitions))
    if settings.pulsar_url is not None:
        yield verdicts_of("schema", lambda: in_schemas(settings.pulsar_connection(), definitions))
    yield verdicts_of("state", lambda: in_state(settings.var / "recovery", definitions))
    yield from _in_redis(settings, definitions)


def _in_redis(settings: Settings, definitions: Definitions) -> Iterator[PlaceVerdicts]:
    try:
        client = redis_of(settings)
    except HeadraceError as error:
        yield PlaceVerdicts(name="rows", unknown=str(error))
        return
    if client is not None:
        with closing(client):
            yield verdicts_of("run", lambda: in_run(client, settings.redis_prefix, definitions))
            yield verdicts_of("rows", lambda: in_rows(client, settings.redis_prefix, definitions))
