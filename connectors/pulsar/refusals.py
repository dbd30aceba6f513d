"""Permanent refusals of a broker, with hints, and the handler of refused messages."""

from collections.abc import Callable

import pulsar

from connectors.errors import ExitCode, HeadraceError

TOO_BIG = "MessageTooBig"
_HINTS = {
    "MessageTooBig": "a message is larger than the broker accepts; hint: send less, or raise its maxMessageSize",
    "ProducerBlockedQuotaExceededException": "the backlog quota of its namespace is used up; hint: raise the quota or "
    "let its subscriptions catch up; the dataflow waits for that at start-up",
    "TopicTerminated": "the topic was terminated and accepts no messages; hint: name another topic, or delete this "
    "one and create it again",
    "ProducerFenced": "another producer has exclusive access to the topic; hint: stop that producer",
    "AuthorizationError": "this client is not authorised to write to it; hint: grant `produce` to its role",
}
REFUSALS = (
    pulsar.TopicTerminated,
    pulsar.ProducerFenced,
    pulsar.ProducerBusy,
    pulsar.NotAllowedError,
    pulsar.OperationNotSupported,
)
Refuse = Callable[[str, list[str], list[bytes], str], None]
"""Handles refused messages: topic, keys, payloads, reason."""


class PublishFailed(HeadraceError):
    """The broker refused messages that were sent; it is unknown whether it took later ones.

    `result` is the broker's own error.
    """

    exit_code = ExitCode.SERVICE

    def __init__(self, topic: str, result: str) -> None:
        super().__init__(f"publishing to {topic} failed: {_HINTS.get(result, result)} ({result})")
        self.result = result


def fail(topic: str, _keys: list[str], _payloads: list[bytes], why: str) -> None:
    """Raises PublishFailed; the default of `refuse`."""
    raise PublishFailed(topic, why)
