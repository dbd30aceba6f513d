"""Tests what an incident page says about deliveries: done, failed and tried again, failed and done later."""

from typing import Literal

from reports.incidents import Delivery, Incident
from serving.pages.incident_views import IncidentView, happenings

NOON = 1_767_268_800_000
INCIDENT = Incident(
    id="a1", kind="drift", state="firing", source="orders", onset_ms=NOON, at_ms=NOON, peak_ms=NOON, headline="orders"
)


def sent(target: str, seconds: int, failure: str = "", state: Literal["firing", "resolved"] = "firing") -> Delivery:
    return Delivery(target=target, state=state, at_ms=NOON + seconds * 1_000, failure=failure)


def delivery_texts(*deliveries: Delivery) -> list[str]:
    view = IncidentView(INCIDENT, NOON + 60_000)
    return [entry.text for entry in happenings(view, deliveries) if entry.look == "told"]


def test_a_target_that_fails_is_named_with_its_reason() -> None:
    assert delivery_texts(sent("slack", 1), sent("oncall", 2, "status 503")) == [
        "slack was notified of the firing alert.",
        "oncall could not be notified of the firing alert (status 503); the delivery is tried again.",
    ]


def test_what_was_delivered_later_is_not_tried_again() -> None:
    assert delivery_texts(sent("oncall", 2, "timeout"), sent("oncall", 9)) == [
        "oncall could not be notified of the firing alert (timeout).",
        "oncall was notified of the firing alert.",
    ]


def test_an_earlier_delivery_does_not_hide_that_the_end_waits() -> None:
    assert delivery_texts(sent("oncall", 1), sent("oncall", 9, "status 500", "resolved"))[1] == (
        "oncall could not be notified of a partial recovery (status 500); the delivery is tried again."
    )
