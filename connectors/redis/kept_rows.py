"""Whether a store still has what was written to it: it loses it when it is emptied, or restarts from an older copy."""

import redis
from redis.exceptions import NoPermissionError

_WEEK_S = 7 * 86_400


class KeptRows:
    """A key that names the run of the server; the key is gone, or names another run, where rows may be lost.

    Raises redis.RedisError.
    """

    def __init__(self, client: redis.Redis, key: str) -> None:
        self._client, self._key = client, key

    def begin(self) -> None:
        """Rows that are written from now on are watched, for a week."""
        self._client.set(self._key, self._run(), ex=_WEEK_S)

    def lost(self) -> bool:
        """Whether some of the rows written since may be gone."""
        return bool(self._client.get(self._key) != self._run())

    def end(self) -> None:
        """They are watched no longer."""
        self._client.delete(self._key)

    def _run(self) -> bytes:
        """The run of the server; of one that does not tell, only a key that is gone is noticed."""
        try:
            return str(self._client.info("server").get("run_id", "")).encode()
        except NoPermissionError:
            return b""
