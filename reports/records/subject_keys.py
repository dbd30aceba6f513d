"""Keys of features and sources, in topics and in Redis."""


def source_key(source: str) -> str:
    """The key of a source among those of features, which are their names; no feature can be called so.

    >>> source_key("orders")
    'source:orders'
    """
    return f"source:{source}"


def is_source_key(key: str) -> bool:
    """Whether a key is that of a source.

    >>> is_source_key("source:orders"), is_source_key("orders_1h")
    (True, False)
    """
    return key.startswith(source_key(""))


def quality_key(prefix: str, subject_key: str) -> str:
    """The Redis hash that holds the newest reports of a subject: `open` and `closed`.

    >>> quality_key("headrace", source_key("orders"))
    'headrace:_quality:source:orders'
    """
    return f"{prefix}:_quality:{subject_key}"
