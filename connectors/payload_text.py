"""Writes payloads of messages that were refused or rejected as text that JSON can hold."""

from base64 import b64encode


def payload_text(payload: bytes, most_bytes: int) -> dict[str, str]:
    """Returns up to `most_bytes` of a payload: as text, without a character that the cut divides; as Base64 if the
    payload is not UTF-8.

    >>> payload_text("café".encode(), 4)
    {'payload': 'caf'}
    >>> payload_text(b"caf\\xc3", 4)
    {'payload_base64': 'Y2Fmww=='}
    """
    head = payload[:most_bytes]
    try:
        return {"payload": head.decode()}
    except UnicodeDecodeError as error:
        if len(head) < len(payload) and error.reason == "unexpected end of data":
            return {"payload": head[: error.start].decode()}
        return {"payload_base64": b64encode(head).decode()}
