"""Builds the keys of features and sources, in topics and in Redis."""


def source_key(source: str) -> str:
    """Returns the key of a source among the keys of features, which are their names; it is no valid feature name.

    >>> source_key("orders")
    'source:orders'
    """
    return f"source:{source}"


def is_source_key(key: str) -> bool:
    """Returns whether a key belongs to a source.

    >>> is_source_key("source:orders"), is_source_key("orders_1h")
    (True, False)
    """
    return key.startswith(source_key(""))


def quality_key(prefix: str, subject_key: str) -> str:
    """Returns the Redis hash of a subject's newest reports: `open` and `closed`.

    >>> quality_key("headrace", source_key("orders"))
    'headrace:_quality:source:orders'
    """
    return f"{prefix}:_quality:{subject_key}"
