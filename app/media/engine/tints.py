"""Two colours out of a picture, of a lightness that text can stand on. Pure arithmetic.

Colours are compared and bent in OKLCH (Björn Ottosson, "A perceptual color space for image processing", 2020), where
equal lightness looks equal for every hue. The clamps, found by trying all hues against WCAG 2.2's contrast formula:

- background: lightness 0.24 to 0.34, chroma at most 0.09. White text has a contrast of 8:1 or more on it.
- accent: lightness 0.74 to 0.84, chroma 0.05 to 0.16. Black text has 8:1 or more on it, and it has 3.9:1 or more on any
  of the backgrounds.

Where a colour lies outside of sRGB, chroma gives way; lightness, which carries the contrast, does not.
"""

import math
from collections.abc import Iterable

BACKGROUND_LIGHTNESS = (0.24, 0.34)
BACKGROUND_CHROMA = (0.0, 0.09)
ACCENT_LIGHTNESS = (0.74, 0.84)
ACCENT_CHROMA = (0.05, 0.16)
_GREY_CHROMA = 0.02
_LINEAR_BELOW = 0.04045

Rgb = tuple[int, int, int]


def choose_tints(colours: Iterable[tuple[int, Rgb]]) -> tuple[str, str]:
    """(background, accent) from (how many pixels, sRGB) pairs: the most common colour, and the most striking one."""
    known = [(count, to_oklch(rgb)) for count, rgb in colours if count > 0] or [(1, (0.3, 0.0, 0.0))]
    _, (_, chroma, hue) = max(known, key=lambda one: one[0] * (0.2 + one[1][1]))
    _, (accent_lightness, accent_chroma, accent_hue) = max(
        known, key=lambda one: one[0] ** 0.5 * one[1][1] * (0.3 + one[1][0])
    )
    background_lightness = max(known, key=lambda one: one[0])[1][0]
    if accent_chroma < _GREY_CHROMA:  # a grey picture has no hue of its own; what is there is noise
        accent_hue, accent_low = hue, 0.0
    else:
        accent_low = ACCENT_CHROMA[0]
    background = (_clamp(background_lightness, BACKGROUND_LIGHTNESS), _clamp(chroma, BACKGROUND_CHROMA), hue)
    accent = (
        _clamp(accent_lightness, ACCENT_LIGHTNESS),
        _clamp(accent_chroma, (accent_low, ACCENT_CHROMA[1])),
        accent_hue,
    )
    return to_hex(background), to_hex(accent)


def to_oklch(rgb: Rgb) -> tuple[float, float, float]:
    """SRGB (0 to 255) as lightness (0 to 1), chroma, and hue in radians."""
    r, g, b = (_to_linear(value / 255) for value in rgb)
    l_ = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    m_ = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    s_ = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    lightness = 0.2104542553 * l_ + 0.7936177850 * m_ - 0.0040720468 * s_
    a = 1.9779984951 * l_ - 2.4285922050 * m_ + 0.4505937099 * s_
    b = 0.0259040371 * l_ + 0.7827717662 * m_ - 0.8086757660 * s_
    return lightness, math.hypot(a, b), math.atan2(b, a)


def to_hex(colour: tuple[float, float, float]) -> str:
    """OKLCH as ``#rrggbb``, with as much of its chroma as sRGB can show."""
    lightness, chroma, hue = colour
    linear = _to_rgb(lightness, chroma, hue)
    while chroma > 0 and not all(-1e-4 <= value <= 1 + 1e-4 for value in linear):
        chroma = max(0.0, chroma - 0.004)
        linear = _to_rgb(lightness, chroma, hue)
    return "#" + "".join(f"{round(_from_linear(min(1.0, max(0.0, value))) * 255):02x}" for value in linear)


def _to_rgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    l_ = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m_ = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s_ = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * l_ - 3.3077115913 * m_ + 0.2309699292 * s_,
        -1.2684380046 * l_ + 2.6097574011 * m_ - 0.3413193965 * s_,
        -0.0041960863 * l_ - 0.7034186147 * m_ + 1.7076147010 * s_,
    )


def _clamp(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])


def _to_linear(value: float) -> float:
    return value / 12.92 if value <= _LINEAR_BELOW else ((value + 0.055) / 1.055) ** 2.4


def _from_linear(value: float) -> float:
    return value * 12.92 if value <= _LINEAR_BELOW / 12.92 else 1.055 * value ** (1 / 2.4) - 0.055
