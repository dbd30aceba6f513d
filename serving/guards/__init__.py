"""Guards in front of the application: tokens, login attempts, hosts, bodies and connections."""

from serving.guards.auth import COOKIE, HEADERS, TokenGuard, same, too_many
from serving.guards.connections import Connection
from serving.guards.hosts import HostGuard
from serving.guards.login_attempts import LoginAttempts
from serving.guards.request_bodies import RefusedBody, UnreadBody, body_of

__all__ = [
    "COOKIE",
    "HEADERS",
    "Connection",
    "HostGuard",
    "LoginAttempts",
    "RefusedBody",
    "TokenGuard",
    "UnreadBody",
    "body_of",
    "same",
    "too_many",
]
