"""The tests of this folder share one broker that wants TLS, a token and rights."""

from tests.support.broker.guarded_broker import guarded

__all__ = ["guarded"]
