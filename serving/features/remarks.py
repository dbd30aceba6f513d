"""Words remarks beside a value: withheld, not computed, warming up or deprecated."""

from serving.features.entity_features import EntityFeatures


def remarks_on(name: str, served: EntityFeatures, now_ms: int, *, quarantined: str, warming: str) -> list[str]:
    """Returns the remarks on a feature, with these words for two of its states; usually none."""
    remarks = [_state(name, served, quarantined, warming)]
    if name in served.deprecated:
        remarks.append(served.deprecated[name].words_at(now_ms))
    return [remark for remark in remarks if remark]


def _state(name: str, served: EntityFeatures, quarantined: str, warming: str) -> str:
    if name in served.quarantined:
        return quarantined
    if name in served.unusable:
        return served.unusable[name]
    return warming if name in served.warming else ""
