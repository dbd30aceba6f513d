"""The hash of an id, in plain Python."""

WORD = (1 << 64) - 1


def plain_hash(data: bytes) -> int:
    """Returns FNV-1a of 64 bits, then the finalizer of MurmurHash3; unsigned."""
    word = 0xCBF29CE484222325
    for byte in data:
        word = (word ^ byte) * 0x100000001B3 & WORD
    word = (word ^ word >> 33) * 0xFF51AFD7ED558CCD & WORD
    word = (word ^ word >> 33) * 0xC4CEB9FE1A85EC53 & WORD
    return word ^ word >> 33
