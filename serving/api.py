"""The API: features of entities and reports of features as JSON."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from serving.client import Served, UnknownEntityType, UnknownFeature, UnreadableEntity
from serving.context import Shelf
from serving.guards import RefusedBody, body_of
from serving.pages import overview

MOST_ENTITIES = 1_000
EXAMPLE = '{"entity_type": "user", "ids": ["u1"], "features": ["user_spend_1h"]}'


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a question for many entities."""

    entity_type: str
    ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=MOST_ENTITIES)]
    features: list[str] | None = None


class NotAsked(ValueError):
    """A body that is no question; says what is expected."""


class Api:
    """Handlers over one shelf."""

    def __init__(self, shelf: Shelf, clock: Callable[[], int]) -> None:
        self._shelf, self._clock = shelf, clock

    def routes(self) -> list[Route]:
        """Every endpoint."""
        return [
            Route("/api/v1/features", self.many, methods=["POST"]),
            Route("/api/v1/features/{entity_type}/{entity:path}", self.one),
            Route("/api/v1/quality", self.quality),
            Route("/api/v1/quality/{feature}", self.report),
            Route("/healthz", self.health),
            Route("/readyz", self.ready),
        ]

    def one(self, request: Request) -> Response:
        """The features of one entity."""
        entity_type, entity = request.path_params["entity_type"], request.path_params["entity"]
        try:
            served = self._shelf.features.one(entity_type, entity)
        except UnknownEntityType as unknown:
            return refused(404, str(unknown))
        if served is None:
            return refused(404, f"nothing is known of {entity_type} {entity!r}")
        pipeline = self._shelf.pipeline().told()
        return answer({"entity_type": entity_type, **self._told(entity, served), "pipeline": pipeline})

    async def many(self, request: Request) -> Response:
        """The features of many entities, in the order asked for; null for those of which nothing is known."""
        try:
            asked = asked_by(await body_of(request))
            found = await run_in_threadpool(self._shelf.features.many, asked.entity_type, asked.ids, asked.features)
            pipeline = await run_in_threadpool(self._shelf.pipeline)
        except RefusedBody as error:
            return refused(error.status, error.why)
        except (NotAsked, UnknownFeature, UnknownEntityType) as error:
            return refused(422, str(error))
        told = [self._told_in_place(entity, one) for entity, one in zip(asked.ids, found, strict=True)]
        return answer({"entity_type": asked.entity_type, "entities": told, "pipeline": pipeline.told()})

    def quality(self, request: Request) -> Response:
        """The verdict, what fires, and a line a feature."""
        seen = overview(self._shelf.known(), self._shelf.definitions.features)
        lines = [
            {"feature": row.name, "status": row.report.status, "note": row.report.note, "rows": row.summary.rows}
            for row in seen.rows
        ]
        unknown = [feature.feature_name for feature in seen.unknown]
        pipeline = self._shelf.pipeline()
        return answer(
            {
                "verdict": seen.verdict,
                "pipeline": pipeline.told(),
                "alerts": seen.alerts,
                "features": lines,
                "unknown": unknown,
            }
        )

    def report(self, request: Request) -> Response:
        """The report of a feature: the interval that goes on, and the one that closed last."""
        name = request.path_params["feature"]
        if self._shelf.feature(name) is None:
            return refused(404, f"no feature {name!r}")
        live = self._shelf.live(name)
        return answer({"open": live.open, "closed": live.closed})

    def health(self, request: Request) -> Response:
        """200 while Redis answers, whether the dataflow moves or not."""
        self._shelf.redis.ping()
        return answer({"redis": "ok", "pipeline": self._shelf.pipeline().told()})

    def ready(self, request: Request) -> Response:
        """200 while Redis answers and the dataflow moves, else 503."""
        pipeline = self._shelf.pipeline()
        return answer({"redis": "ok", "pipeline": pipeline.told()}, 200 if pipeline.alive else 503)

    def _told_in_place(self, entity: str, found: Served | UnreadableEntity | None) -> dict[str, Any] | None:
        """What is asked of many; what cannot be read of one keeps nothing from the others."""
        if isinstance(found, UnreadableEntity):
            return {"id": entity, "error": str(found)}
        return None if found is None else self._told(entity, found)

    def _told(self, entity: str, served: Served) -> dict[str, Any]:
        return {
            "id": entity,
            "as_of": served.as_of_ms,
            "age_ms": self._clock() - served.as_of_ms,
            "features": dict(served.values),
            "warming": sorted(served.warming),
            "quarantined": sorted(served.quarantined),
            "unusable": dict(served.unusable),
        }


def asked_by(body: bytes) -> Asked:
    """The question of a body. Raises NotAsked.

    >>> asked_by(b'{"entity_type": "user", "ids": ["u1"]}').ids
    ['u1']
    """
    try:
        return msgspec.json.decode(body, type=Asked)
    except UnicodeError:
        raise NotAsked(f"JSON like {EXAMPLE} is expected, in UTF-8") from None
    except RecursionError:
        raise NotAsked(f"JSON like {EXAMPLE} is expected; this one is nested too deeply") from None
    except msgspec.DecodeError as error:
        raise NotAsked(f"JSON like {EXAMPLE} is expected: {error}") from None


def answer(told: object, status: int = 200) -> Response:
    """JSON."""
    return Response(msgspec.json.encode(told), status_code=status, media_type="application/json")


def refused(status: int, error: str) -> Response:
    """What is wrong, for a program and for whoever wrote it."""
    return JSONResponse({"error": error}, status_code=status)
