"""Detects whether a store lost rows written to it, because it was emptied or restarted from an older copy."""

import redis
from redis.exceptions import NoPermissionError

_WEEK_S = 7 * 86_400


class ServerRunMarker:
    """Watches rows with a key that names the run of the server. If the key is missing or differs, rows may be lost.

    Raises redis.RedisError.
    """

    def __init__(self, client: redis.Redis, key: str) -> None:
        self._client, self._key = client, key

    def begin(self) -> None:
        """Watches rows that are written from now on, for a week."""
        self._client.set(self._key, self._run(), ex=_WEEK_S)

    def lost(self) -> bool:
        """Returns whether some of the rows written since `begin` may be lost."""
        return bool(self._client.get(self._key) != self._run())

    def end(self) -> None:
        """Stops watching."""
        self._client.delete(self._key)

    def _run(self) -> bytes:
        """Returns the id of the server's run; b"" without permission to read it; then only a missing key counts."""
        try:
            return str(self._client.info("server").get("run_id", "")).encode()
        except NoPermissionError:
            return b""
