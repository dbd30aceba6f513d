"""Identifies a run to other deployments under its Redis prefix."""

import hashlib
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import redis

from connectors.process_identity import own_identity
from connectors.redis import Lease, PrefixTaken, Tenant, connect, refusal, tenant_of
from dataflows.definitions import Definitions
from dataflows.runtime.process.engine_options import EngineOptions
from dataflows.runtime.recovery import RecoveryRefused
from dataflows.runtime.settings import Settings

TIMEOUT_S = 1.0


def tenant(options: EngineOptions, definitions: Definitions, now_ms: int) -> Tenant:
    """Describes this run: the recovery store identifies its deployment; its processes share all addresses."""
    process, deployment = own_identity(), _deployment(options)
    return Tenant(
        deployment=deployment,
        run=f"{deployment} {options.addresses}" if options.addresses else uuid.uuid4().hex,
        definitions=definitions.fingerprint,
        process=process,
        since=datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="seconds"),
    )


def expect_prefix(settings: Settings, own: Tenant, stopping: Callable[[], bool]) -> None:
    """Takes the lease of the prefix before anything is written; a Redis that is unavailable is asked later.

    Raises PrefixTaken.
    """
    with _client(settings) as client, suppress(redis.RedisError):
        Lease(client, settings.redis_prefix, own).take(stopping)


def expect_same_definitions(client: redis.Redis, prefix: str, definitions: Definitions) -> None:
    """Refuses a replay beside a live run with other definitions. Raises PrefixTaken, redis.RedisError."""
    holder = tenant_of(client, prefix)
    if holder is not None and holder.definitions != definitions.fingerprint:
        raise PrefixTaken(refusal(prefix, holder))


def _client(settings: Settings) -> redis.Redis:
    return connect(settings.redis_address, settings.var, TIMEOUT_S)


def _deployment(options: EngineOptions) -> str:
    if options.recovery is not None:
        return _recorded_name(options.recovery / "deployment")
    return hashlib.sha256(options.addresses.encode()).hexdigest()[:16] if options.addresses else uuid.uuid4().hex


def _recorded_name(file: Path) -> str:
    """Returns the name in a file that the first run with a recovery store creates. Raises RecoveryRefused."""
    try:
        with suppress(FileExistsError), file.open("x") as new:
            new.write(uuid.uuid4().hex)
        return file.read_text()
    except OSError as error:
        raise RecoveryRefused(f"recovery store {file.parent}: {file.name}: {error.strerror}") from error
