"""Draws the symptoms of an incident over time: a bar each from onset to end, with a mark at its peak."""

from markupsafe import Markup, escape

from reports.formats import usually
from reports.incidents import Symptom
from reports.moments import moment
from reports.plain_texts import plain
from serving.pages.charts.time_grid import time_grid
from serving.pages.charts.time_range import SHORTEST_MS, TimeRange
from serving.pages.incident_views import IncidentView

BAR, ROW, FOOT, MOST = 8, 34, 20, 12


def incident_chart(view: IncidentView) -> Markup:
    """Draws the worst symptoms; empty if there are none."""
    symptoms = view.incident.symptoms[:MOST]
    if not symptoms:
        return Markup()
    span, height = _span(view), ROW * len(symptoms)
    bars = "".join(_bar(symptom, view, span, row) for row, symptom in enumerate(symptoms))
    says = escape(f"{len(symptoms)} symptoms from {moment(span.from_ms)} to {moment(span.to_ms)} UTC")
    return Markup(
        f'<svg class="history" width="100%" height="{height + FOOT}" role="img" aria-label="{says}">'
        f"{''.join(time_grid(span, height))}{bars}</svg>"
    )


def _span(view: IncidentView) -> TimeRange:
    incident = view.incident
    ends = [view.now_ms if symptom.end_ms is None else symptom.end_ms for symptom in incident.symptoms]
    end = max([*ends, incident.onset_ms + SHORTEST_MS])
    room = (end - incident.onset_ms) // 20
    return TimeRange(incident.onset_ms - room, end + room)


def _bar(symptom: Symptom, view: IncidentView, span: TimeRange, row: int) -> str:
    start, end = (_within(span, time_ms) for time_ms in (symptom.onset_ms, symptom.end_ms or view.now_ms))
    y, peak = ROW * row + 18, _within(span, symptom.peak_ms)
    name = escape(plain(f"{symptom.feature or view.incident.source or 'pipeline'}: {symptom.what}", 60))
    says = escape(plain(f"{symptom.what} {symptom.peak} at {moment(symptom.peak_ms)}, {usually(symptom.usual)}", 200))
    return (
        f'<text class="title" y="{y - 5}">{name}</text>'
        f'<rect class="strip {view.symptom_look(symptom)}" x="{start:.2%}" width="{max(0.004, end - start):.2%}" '
        f'y="{y}" height="{BAR}" rx="3"><title>{says}</title></rect>'
        f'<line class="peak" x1="{peak:.2%}" x2="{peak:.2%}" y1="{y - 3}" y2="{y + BAR + 3}"/>'
    )


def _within(span: TimeRange, at_ms: int) -> float:
    return min(1.0, max(0.0, span.share(at_ms)))
