"""The API: features of entities and quality reports of features, as JSON."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.errors import UNDECODABLE
from dataflows.definitions import UnknownSet
from reports.muted_reports import muted_reports
from serving.consumer_header import CONSUMER_HEADER, consumer_of
from serving.context import ServingContext
from serving.features.answers import answer_in_place, answer_of
from serving.features.contract import FEATURES_PATH, MOST_ENTITIES, SET_KEY
from serving.features.selection import SelectionError
from serving.guards import RefusedBody, body_of
from serving.pages import overview
from serving.read_log import ReadLog

EXAMPLE = '{"entity_type": "user", "ids": ["u1"], "features": ["user_spend_1h"]}'


class EntitiesRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request for many entities."""

    entity_type: str
    ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=MOST_ENTITIES)]
    features: list[str] | None = None


class InvalidApiRequest(ValueError):
    """A body or a query is not a valid request; the message states what is expected."""


class Api:
    """Handles requests with one serving context."""

    def __init__(self, context: ServingContext, clock: Callable[[], int]) -> None:
        self._context, self._clock = context, clock
        self._reads = ReadLog(context.settings.redis_prefix, clock)

    def routes(self) -> list[Route]:
        """Lists the endpoints."""
        return [
            Route(FEATURES_PATH, self.get_entities, methods=["POST"]),
            Route(f"{FEATURES_PATH}/{{entity_type}}/{{entity:path}}", self.get_entity),
            Route("/api/v1/quality", self.quality),
            Route("/api/v1/quality/{feature}", self.report),
            Route("/healthz", self.health),
            Route("/readyz", self.ready),
        ]

    def get_entity(self, request: Request) -> Response:
        """Returns the features of one entity."""
        entity_type, entity = request.path_params["entity_type"], request.path_params["entity"]
        try:
            chosen = set_of(request)
            served = self._context.features.read_entity(entity_type, entity, chosen)
        except InvalidApiRequest as error:
            return refused(422, str(error))
        except (SelectionError, UnknownSet) as unknown:
            return refused(404, str(unknown))
        if served is None:
            return refused(404, f"{entity_type} {entity!r} not found: none of its events is in a window")
        pipeline = self._context.pipeline().as_dict()
        self._count(request, entity_type, None, chosen)
        return answer({"entity_type": entity_type, **answer_of(entity, served, self._clock()), "pipeline": pipeline})

    async def get_entities(self, request: Request) -> Response:
        """Returns the features of many entities in the order requested; null for entities without any."""
        try:
            asked, chosen = asked_by(await body_of(request)), set_of(request)
            read = self._context.features.read_entities
            entities = await run_in_threadpool(read, asked.entity_type, asked.ids, asked.features, chosen)
            pipeline = await run_in_threadpool(self._context.pipeline)
            await run_in_threadpool(self._count, request, asked.entity_type, asked.features, chosen)
        except RefusedBody as error:
            return refused(error.status, error.why)
        except (InvalidApiRequest, SelectionError, UnknownSet) as error:
            return refused(422, str(error))
        now = self._clock()
        entries = [answer_in_place(entity, features, now) for entity, features in zip(asked.ids, entities, strict=True)]
        return answer({"entity_type": asked.entity_type, "entities": entries, "pipeline": pipeline.as_dict()})

    def _count(self, request: Request, entity_type: str, wanted: Sequence[str] | None, set_name: str | None) -> None:
        """Counts which consumer reads which features."""
        features = self._context.features.selected(entity_type, wanted, set_name)
        consumer = consumer_of(request.headers.get(CONSUMER_HEADER))
        self._reads.count(self._context.redis, [feature.feature_name for feature in features], consumer)

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Writes the last reads when the server ends."""
        yield
        if self._reads.waiting:
            await run_in_threadpool(self._reads.note, self._context.redis)

    def quality(self, request: Request) -> Response:
        """Returns the verdict, the firing alerts and one line per feature."""
        incidents, pipeline = self._context.incidents(), self._context.pipeline()
        known, features = self._context.live_reports(), self._context.definitions.features
        reports = muted_reports(known.settled_features(), incidents, pipeline.stalled_ms, self._clock())
        seen = overview(known, reports, features, incidents, pipeline.standing)
        lines = [
            {"feature": row.name, "status": row.report.status, "note": row.report.note, "rows": row.summary.rows}
            for row in seen.rows
        ]
        unknown = [feature.feature_name for feature in seen.unknown]
        return answer(
            {
                "verdict": seen.verdict,
                "pipeline": pipeline.as_dict(),
                "incidents": [incident for incident in incidents if incident.state == "firing"],
                "alerts": seen.alerts,
                "features": lines,
                "unknown": unknown,
            }
        )

    def report(self, request: Request) -> Response:
        """Returns the reports of a feature: of the open interval and of the last closed one."""
        name = request.path_params["feature"]
        if self._context.feature(name) is None:
            return refused(404, f"unknown feature {name!r}; GET /api/v1/quality lists all features")
        live = self._context.live(name)
        return answer({"open": live.open, "closed": live.closed})

    def health(self, request: Request) -> Response:
        """Returns 200 while Redis answers, whether or not the dataflow is running."""
        self._context.redis.ping()
        return answer({"redis": "ok", "pipeline": self._context.pipeline().as_dict()})

    def ready(self, request: Request) -> Response:
        """Returns 200 while Redis answers and the dataflow is running, else 503."""
        pipeline = self._context.pipeline()
        return answer({"redis": "ok", "pipeline": pipeline.as_dict()}, 200 if pipeline.alive else 503)


def asked_by(body: bytes) -> EntitiesRequest:
    """Parses the body of a request. Raises InvalidApiRequest.

    >>> asked_by(b'{"entity_type": "user", "ids": ["u1"]}').ids
    ['u1']
    """
    try:
        return msgspec.json.decode(body, type=EntitiesRequest)
    except UnicodeError:
        raise InvalidApiRequest(f"body is not UTF-8; expected JSON such as {EXAMPLE}") from None
    except RecursionError:
        raise InvalidApiRequest(f"body is nested too deeply; expected JSON such as {EXAMPLE}") from None
    except UNDECODABLE as error:
        raise InvalidApiRequest(f"invalid body: {error}; expected JSON such as {EXAMPLE}") from None


def set_of(request: Request) -> str | None:
    """Returns the feature set that a query names, or None. Raises InvalidApiRequest."""
    consumer_of = request.query_params.getlist(SET_KEY)
    if len(consumer_of) > 1:
        raise InvalidApiRequest(
            f"invalid query: set is given {len(consumer_of)} times; expected one feature set, such as ?set=fraud_v1"
        )
    return consumer_of[0] if consumer_of else None


def answer(content: object, status: int = 200) -> Response:
    """Encodes an answer as JSON."""
    return Response(msgspec.json.encode(content), status_code=status, media_type="application/json")


def refused(status: int, error: str) -> Response:
    """Returns an error as JSON."""
    return JSONResponse({"error": error}, status_code=status)
