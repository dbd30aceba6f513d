"""Figures of reports before they are rendered, and the texts on them."""

import io
from typing import Any

from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

PIXELS = 900


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


def texts(figure: Figure) -> list[str]:
    return [artist.get_text() for artist in figure.findobj(Text) if isinstance(artist, Text) and artist.get_text()]


def drawn_ticks(axis: Any) -> list[Any]:
    return list(axis._update_ticks())


def shown(figure: Figure) -> list[Text]:
    """Returns the texts that are drawn: an axis also holds labels of ticks outside the view."""
    axes = [axis for ax in figure.axes if ax.axison for axis in (ax.xaxis, ax.yaxis)]
    ticks = {axis: [tick.label1 for tick in drawn_ticks(axis)] for axis in axes}
    drawn_labels = [text for candidates in ticks.values() for text in candidates]
    hidden = {id(tick.label1) for axis in axes for tick in axis.get_major_ticks()} - {id(text) for text in drawn_labels}
    candidates = [text for text in figure.findobj(Text) if isinstance(text, Text) and id(text) not in hidden]
    return [text for text in candidates if text.get_text() and text.get_visible()]


def overlaps(figure: Figure) -> list[tuple[str, str]]:
    """Returns pairs of texts that overlap, and texts that leave the figure."""
    figure.draw_without_rendering()
    boxes = [(text.get_text(), text.get_window_extent()) for text in shown(figure)]
    width, height = figure.bbox.width, figure.bbox.height
    out = [(a, "edge") for a, box in boxes if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height]
    return out + [
        (a, b)
        for index, (a, left_box) in enumerate(boxes)
        for b, right_box in boxes[index + 1 :]
        if left_box.x0 < right_box.x1 - 1
        and right_box.x0 < left_box.x1 - 1
        and left_box.y0 < right_box.y1 - 1
        and right_box.y0 < left_box.y1 - 1
    ]
