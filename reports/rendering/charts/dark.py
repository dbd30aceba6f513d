"""Converts a picture for a dark page: the same drawing with inverted lightness."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
CARD = np.array([23.0, 28.0, 34.0])
INK = np.array([226.0, 230.0, 234.0])
"""Colours of a dark page that replace white and black."""
Colours = npt.NDArray[np.float64]


def darkened(png: bytes) -> bytes:
    """Returns the picture (PNG) in dark colours of the same hue; returns a picture without a palette unchanged."""
    picture = Image.open(io.BytesIO(png))
    palette = picture.getpalette("RGB") if picture.mode == "P" else None
    if palette is None:
        return png
    picture.putpalette(turned(np.array(palette, np.float64).reshape(-1, 3)).astype(np.uint8).ravel().tolist(), "RGB")
    out = io.BytesIO()
    picture.save(out, "png")
    return out.getvalue()


def turned(colours: Colours) -> Colours:
    """Inverts the luminance of colours (0 to 255), between that of a dark card and of its texts.

    >>> turned(np.array([[255.0, 255.0, 255.0], [0.0, 0.0, 0.0]])).round().tolist()
    [[23.0, 28.0, 34.0], [226.0, 230.0, 234.0]]
    """
    light = (colours @ LUMINANCE)[:, None]
    dark: Colours = np.clip(colours - light + CARD + (255 - light) / 255 * (INK - CARD), 0, 255)
    return dark
