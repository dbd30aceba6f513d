"""Tests the lease of a prefix: one deployment has it, its next run follows at once, others get its holder."""

import time
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
import redis
from redis.exceptions import NoPermissionError

from connectors.process_identity import ProcessIdentity, own_identity
from connectors.redis.lease import Lease, PrefixTaken, Tenant, lease_key, tenant_of
from connectors.redis.tenancy import Tenancy
from tests.support.services.redis_rows import never
from tests.support.services.redis_server import RedisServer

HERE = own_identity()
ELSEWHERE = replace(HERE, host="elsewhere", place="another machine")
DEAD = replace(HERE, pid=HERE.pid, started="1")


@pytest.fixture
def prefix() -> str:
    return f"lease-{uuid.uuid4().hex[:8]}"


def run_of(deployment: str, process: ProcessIdentity = HERE, definitions: str = "abc") -> Tenant:
    return Tenant(deployment, uuid.uuid4().hex, definitions, process, "2026-01-01T00:00:00+00:00")


def taken(server: RedisServer, prefix: str, tenant: Tenant, lease_ms: int = 15_000) -> Lease:
    lease = Lease(server.client(), prefix, tenant, lease_ms=lease_ms)
    lease.take(never)
    return lease


def waits(seconds: float) -> None:
    pytest.fail(f"it waits for {seconds} s")


def another_process() -> ProcessIdentity:
    """Returns a process that lives on this machine and is not this one."""
    return replace(HERE, pid=1, started=own_started(1))


def own_started(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def test_another_deployment_on_this_machine_is_refused_at_once(redis_server: RedisServer, prefix: str) -> None:
    holder = run_of("one", another_process())
    taken(redis_server, prefix, holder)
    with pytest.raises(PrefixTaken, match=f"'{prefix}'.*process 1 on .* definitions abc.*HEADRACE_REDIS_PREFIX"):
        Lease(redis_server.client(), prefix, run_of("two")).take(never, waits)
    assert tenant_of(redis_server.client(), prefix) == holder


@pytest.mark.long
def test_another_deployment_elsewhere_is_refused_while_it_renews(redis_server: RedisServer, prefix: str) -> None:
    other = taken(redis_server, prefix, run_of("one", ELSEWHERE))

    def meanwhile(seconds: float) -> None:
        other.renew()
        time.sleep(seconds)

    with pytest.raises(PrefixTaken):
        Lease(redis_server.client(), prefix, run_of("two")).take(never, meanwhile)


@pytest.mark.long
def test_a_lease_that_nobody_renews_runs_out(redis_server: RedisServer, prefix: str) -> None:
    begun = time.monotonic()
    taken(redis_server, prefix, run_of("one", ELSEWHERE), lease_ms=1_000)
    taken(redis_server, prefix, mine := run_of("two"))
    assert time.monotonic() - begun > 0.9
    assert tenant_of(redis_server.client(), prefix) == mine


@pytest.mark.parametrize("killed", [run_of("one", DEAD), run_of("two", DEAD), run_of("one", ELSEWHERE)])
def test_after_a_kill_nobody_waits(redis_server: RedisServer, prefix: str, killed: Tenant) -> None:
    taken(redis_server, prefix, killed)
    Lease(redis_server.client(), prefix, run_of("one")).take(never, waits)


def test_the_older_of_two_runs_of_a_deployment_ends(redis_server: RedisServer, prefix: str) -> None:
    paused = taken(redis_server, prefix, run_of("one", ELSEWHERE))
    newer = taken(redis_server, prefix, run_of("one"))
    with pytest.raises(PrefixTaken):
        paused.renew()
    newer.renew()


def test_processes_of_one_run_share_it(redis_server: RedisServer, prefix: str) -> None:
    first = run_of("one", another_process())
    second = replace(first, process=HERE)
    lease, other = taken(redis_server, prefix, first), taken(redis_server, prefix, second)
    lease.renew()
    other.renew()


def test_an_emptied_redis_gets_it_again(redis_server: RedisServer, prefix: str) -> None:
    lease = taken(redis_server, prefix, mine := run_of("one"))
    redis_server.client().delete(lease_key(prefix))
    lease.renew()
    assert tenant_of(redis_server.client(), prefix) == mine


def test_a_run_that_ends_gives_it_back_and_only_its_own(redis_server: RedisServer, prefix: str) -> None:
    lease = taken(redis_server, prefix, run_of("one", ELSEWHERE))
    newer = taken(redis_server, prefix, mine := run_of("one"))
    lease.release()
    assert tenant_of(redis_server.client(), prefix) == mine
    newer.release()
    assert tenant_of(redis_server.client(), prefix) is None


def test_what_is_no_lease_is_replaced(redis_server: RedisServer, prefix: str) -> None:
    redis_server.client().set(lease_key(prefix), b"\xff something")
    taken(redis_server, prefix, mine := run_of("one"))
    assert tenant_of(redis_server.client(), prefix) == mine


def test_a_user_who_may_not_hold_one_is_told_once(
    own_redis: RedisServer, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    own_redis.client().acl_setuser(
        "reader", enabled=True, passwords=["+secret"], keys=["*"], categories=["+@read", "+@connection"]
    )
    client = redis.Redis(port=own_redis.port, username="reader", password="secret", protocol=2)
    with pytest.raises(NoPermissionError):
        Lease(client, prefix, run_of("one")).renew()
    tenancy = Tenancy(client, prefix, run_of("one"), ["user"])
    tenancy.keep()
    tenancy.keep()
    (warning,) = (record.getMessage() for record in caplog.records)
    assert warning.startswith("a second deployment under this Redis prefix would go unnoticed")
    assert f"{prefix}:lease" in warning
