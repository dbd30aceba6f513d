"""Tests payloads as text: one that fits loses no byte, and a cut divides no character."""

import random
from base64 import b64decode

from connectors.payload_text import payload_text
from tests.support.generators.seeds import fresh_seed

PIECES = ["a", "é", "€", "𝄞", "\n"]


def bytes_of(text: dict[str, str]) -> bytes:
    return text["payload"].encode() if "payload" in text else b64decode(text["payload_base64"])


def test_a_payload_that_fits_loses_no_byte() -> None:
    choose = random.Random(fresh_seed())
    for _ in range(2_000):
        whole = "".join(choose.choices(PIECES, k=choose.randrange(6))).encode()
        payload = whole[: choose.randrange(len(whole) + 1)] + choose.choice([b"", b"", b"\xff"])
        assert bytes_of(payload_text(payload, len(payload))) == payload


def test_a_cut_divides_no_character() -> None:
    choose = random.Random(fresh_seed())
    for _ in range(2_000):
        text = "".join(choose.choices(PIECES, k=6))
        most_bytes = choose.randrange(1, len(text.encode()))
        head = payload_text(text.encode(), most_bytes)["payload"]
        assert text.startswith(head)
        assert most_bytes - 4 < len(head.encode()) <= most_bytes
