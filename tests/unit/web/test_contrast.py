"""Text can be read: every pair of tokens that carries text holds WCAG's 4.5:1, in both themes and in every realm.

The stylesheets are read as they are served. OKLCH becomes sRGB by Björn Ottosson's matrices
(https://bottosson.github.io/posts/oklab/), luminance and contrast follow WCAG 2.2.
"""

import math
import re
from itertools import product
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[3] / "static" / "css"
THEMES = ("light", "dark")
REALMS = (None, *sorted(path.stem for path in (CSS / "realms").glob("*.css")))
SURFACES = ("surface-1", "surface-2", "surface-3", "surface-4")
TEXTS = ("text-1", "text-2", "text-3", "accent-text", "danger-text", "success-text", "warning-text")
ON_FILLS = (
    ("accent-ink", "accent"),
    ("accent-ink", "accent-hover"),
    ("danger-ink", "danger"),
    ("danger-ink", "danger-hover"),
    ("scrim-ink", "scrim"),
    ("surface-1", "text-1"),  # toasts, the pressed pill, the play button of the bar
)
TEXT_RATIO = 4.5
CONTROL_RATIO = 3.0
STEPS_OF_HUE = 12

Colour = tuple[float, float, float]
_PAIR = re.compile(r"--([\w-]+):\s*light-dark\(\s*(oklch\([^)]*\)),\s*(oklch\([^)]*\))\s*\);")
_SINGLE = re.compile(r"--([\w-]+):\s*(oklch\([^)]*\));")
_NUMBER = re.compile(r"--(ambient-[\w-]+):\s*([\d.]+);")


def linear_rgb(lightness: float, chroma: float, hue: float) -> Colour:
    """OKLCH (hue in degrees) as linear sRGB, not clipped."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def luminance(colour: Colour) -> float:
    """Relative luminance of an OKLCH colour as a screen shows it, which cannot show what lies outside of sRGB."""
    red, green, blue = (min(1.0, max(0.0, channel)) for channel in linear_rgb(*colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def parse_colour(text: str) -> Colour:
    """``oklch(0.5 0.1 30)``; an alpha is not for text."""
    lightness, chroma, hue = (float(part) for part in text.removeprefix("oklch(").removesuffix(")").split())
    return lightness, chroma, hue


def read_tokens(path: Path, theme: str) -> dict[str, Colour]:
    """The colour tokens of a stylesheet in one theme."""
    text = path.read_text()
    tokens = {name: parse_colour(value) for name, value in _SINGLE.findall(text)}
    for name, light, dark in _PAIR.findall(text):
        tokens[name] = parse_colour(light if theme == "light" else dark)
    return tokens


def tokens_of(realm: str | None, theme: str) -> dict[str, Colour]:
    """All tokens in force in a realm."""
    tokens = read_tokens(CSS / "tokens.css", theme)
    return tokens | read_tokens(CSS / "realms" / f"{realm}.css", theme) if realm else tokens


def ambient_colours(theme: str) -> list[Colour]:
    """The strongest lights that any artwork can throw on a page in a theme: the clamp's ends, all around the wheel."""
    bounds = {name: float(value) for name, value in _NUMBER.findall((CSS / "tokens.css").read_text())}
    ends = (bounds[f"ambient-{theme}-from"], bounds[f"ambient-{theme}-to"])
    hues = [360 / STEPS_OF_HUE * step for step in range(STEPS_OF_HUE)]
    return [(end, chroma, hue) for end in ends for chroma in (0.0, bounds[f"ambient-{theme}-chroma"]) for hue in hues]


def test_black_on_white_is_21_to_1() -> None:
    assert contrast((0, 0, 0), (1, 0, 0)) == pytest.approx(21, abs=0.01)


def test_a_known_colour_converts() -> None:
    """#ff0000 is oklch(0.62796 0.25768 29.234), says the CSS Color 4 specification."""
    assert linear_rgb(0.62796, 0.25768, 29.234) == pytest.approx((1, 0, 0), abs=0.001)


@pytest.mark.parametrize("realm", REALMS)
@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read_on_every_surface(theme: str, realm: str | None) -> None:
    tokens = tokens_of(realm, theme)
    pairs = [*product(TEXTS, SURFACES), *ON_FILLS]
    too_weak = {
        f"{text} on {ground}": round(ratio, 2)
        for text, ground in pairs
        if (ratio := contrast(tokens[text], tokens[ground])) < TEXT_RATIO
    }
    assert not too_weak


@pytest.mark.parametrize("realm", REALMS)
@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read_in_the_light_of_any_artwork(theme: str, realm: str | None) -> None:
    tokens = tokens_of(realm, theme)
    grounds = ambient_colours(theme)
    too_weak = {
        text: round(ratio, 2)
        for text in ("text-1", "text-2")
        if (ratio := min(contrast(tokens[text], ground) for ground in grounds)) < TEXT_RATIO
    }
    assert not too_weak


@pytest.mark.parametrize("realm", REALMS)
@pytest.mark.parametrize("theme", THEMES)
def test_edges_of_controls_and_focus_can_be_seen(theme: str, realm: str | None) -> None:
    tokens = tokens_of(realm, theme)
    too_weak = {
        f"{edge} on {ground}": round(ratio, 2)
        for edge, ground in (
            ("line-strong", "surface-1"),
            ("line-strong", "surface-2"),
            ("focus", "surface-1"),
            ("focus", "surface-3"),
        )
        if (ratio := contrast(tokens[edge], tokens[ground])) < CONTROL_RATIO
    }
    assert not too_weak


@pytest.mark.parametrize("realm", REALMS)
@pytest.mark.parametrize("theme", THEMES)
def test_colours_lie_within_srgb(theme: str, realm: str | None) -> None:
    """What lies far outside would look different on every screen."""
    strays = {
        name: colour
        for name, colour in tokens_of(realm, theme).items()
        if not all(-0.06 <= channel <= 1.06 for channel in linear_rgb(*colour))
    }
    assert not strays
