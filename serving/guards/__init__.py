"""Guards in front of the application: tokens, login attempts, hosts, bodies and connections."""

from serving.guards.auth import COOKIE, HEADERS, Guard, same, too_many
from serving.guards.connections import Connection
from serving.guards.hosts import Hosts
from serving.guards.login_attempts import Attempts
from serving.guards.request_bodies import RefusedBody, Unread, body_of

__all__ = [
    "COOKIE",
    "HEADERS",
    "Attempts",
    "Connection",
    "Guard",
    "Hosts",
    "RefusedBody",
    "Unread",
    "body_of",
    "same",
    "too_many",
]
