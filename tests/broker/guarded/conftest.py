"""Shares one broker that requires TLS, a token and permissions among the tests of this folder."""

from tests.support.broker.guarded_broker import guarded

__all__ = ["guarded"]
