"""Classifies refusals of a Redis server: temporary ones are waited for, permanent ones end the run."""

import redis

from connectors.errors import ExitCode, HeadraceError

# Refusals that pass by themselves or by an operator's action: text in the reply, its meaning.
_FULL = "used memory > 'maxmemory'"
_PASSING = {
    _FULL: "its memory is full: raise its maxmemory or keep less data in it",
    "read only replica": "it is a read-only replica: a failover is under way, or the URL names a replica",
    "MISCONF": "it cannot save to its disk: see its log",
    "unable to persist": "it cannot save to its disk: see its log",
    "No matching script": "its script cache was emptied",
    "MASTERDOWN": "its master is down",
    "CLUSTERDOWN": "its cluster is down",
    "NOREPLICAS": "it has too few replicas to accept writes",
    "running a script": "it is busy with a script",
}
_FOR_GOOD = {
    "WRONGPASS": "rejects the user or password: correct HEADRACE_REDIS_URL",
    "invalid username-password": "rejects the user or password: correct HEADRACE_REDIS_URL",
    "invalid password": "rejects the password: correct HEADRACE_REDIS_URL",
    "without any password configured": "has no password, but HEADRACE_REDIS_URL contains one: remove it there",
    "NOAUTH": "requires a password: add it to HEADRACE_REDIS_URL",
    "Authentication required": "requires a password: add it to HEADRACE_REDIS_URL",
    "NOPERM": "denies this user the permission: grant it, for example with `ACL SETUSER USER ~PREFIX:* +@all`",
    "no permissions": "denies this user the permission: grant it, for example with `ACL SETUSER USER ~PREFIX:* +@all`",
    "MOVED": "is a node of a Redis Cluster: name a server with all keys in HEADRACE_REDIS_URL",
    "CROSSSLOT": "is a node of a Redis Cluster: name a server with all keys in HEADRACE_REDIS_URL",
    "unknown command": "lacks a required command: expected Redis 5 or later, with scripts",
    "DB index is out of range": "has no database with this number: correct the end of HEADRACE_REDIS_URL",
    "bulk length": "rejects a value of this size: lower HEADRACE_MAX_ROW_BYTES or raise its proto-max-bulk-len",
}


class RedisRefused(HeadraceError):
    """A permanent refusal of the server; the text gives place, meaning and reason."""

    exit_code = ExitCode.SERVICE

    def __init__(self, place: str, error: redis.RedisError) -> None:
        message = " ".join(str(error).split())
        meaning = next((words for text, words in _FOR_GOOD.items() if text in message), "rejects a request")
        super().__init__(f"{place} {meaning} ({message})")


def is_full(error: redis.ResponseError) -> bool:
    """Returns whether the server has no memory for a write."""
    return _FULL in str(error)


def passing(place: str, error: redis.ResponseError) -> str:
    """Returns the meaning of a temporary refusal. Raises RedisRefused for any other."""
    for text, meaning in _PASSING.items():
        if text in str(error):
            return meaning
    raise RedisRefused(place, error) from error
