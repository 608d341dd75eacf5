"""A small print shop: gradients, grain, halftone, noise fields and sharp shapes, as arrays and Pillow pictures.

A *plate* is an array of shape ``(height, width, 3)``, float32 unless said otherwise, with values 0–1; a *field* is
one of ``(height, width)``.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Plate = NDArray[np.floating[Any]]
Field = NDArray[np.floating[Any]]
Colour = tuple[float, float, float]


def ink(code: str) -> Colour:
    """A colour from its six hexadecimal digits, as three numbers 0–1."""
    return (int(code[0:2], 16) / 255, int(code[2:4], 16) / 255, int(code[4:6], 16) / 255)


def sheet(width: int, height: int, colour: Colour) -> Plate:
    """A plate of one colour."""
    return np.broadcast_to(np.array(colour, np.float32), (height, width, 3)).copy()


def coordinates(width: int, height: int) -> tuple[Field, Field]:
    """X of shape ``(1, width)`` and y of shape ``(height, 1)``, in units of the shorter side, centred at 0."""
    short = min(width, height)
    x = ((np.arange(width, dtype=np.float32) + 0.5) - width / 2) / np.float32(short)
    y = ((np.arange(height, dtype=np.float32) + 0.5) - height / 2) / np.float32(short)
    return x[None, :], y[:, None]


def mix(plate: Plate, colour: Colour | Plate, share: Field) -> Plate:
    """Lay a colour (or another plate) over a plate, in place, as opaque as ``share`` says."""
    rows, columns = np.flatnonzero(share.any(axis=1)), np.flatnonzero(share.any(axis=0))
    if len(rows):
        box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        over = np.asarray(colour, np.float32)
        part = plate[box]
        part += ((over[box] if over.ndim > 1 else over) - part) * share[box][..., None]
    return plate


def edge(distance: Field, width: int) -> Field:
    """Cover (0–1) of a shape from the signed distance to its border, negative inside, smooth over 1 / ``width``."""
    cover: Field = np.clip(0.5 - distance * np.float32(width), 0, 1)
    return cover


def ramp(colours: Sequence[tuple[float, Colour]], at: Field) -> Plate:
    """Colours along a line: (place 0–1, colour) stops, looked up at every value of a field, through 1,024 steps."""
    places = [place for place, _ in colours]
    steps = np.linspace(0, 1, 1024)
    table = np.stack([np.interp(steps, places, [colour[k] for _, colour in colours]) for k in range(3)], axis=1)
    plate: Plate = table.astype(np.float32)[np.clip(at * 1023, 0, 1023).astype(np.int16)]
    return plate


def clouds(width: int, height: int, rng: np.random.Generator, *, cells: int = 3, octaves: int = 4) -> Field:
    """Smooth noise, 0–1: random grids scaled up by cubic interpolation, each octave twice as fine, half as strong."""
    out = np.zeros((height, width), np.float32)
    short = min(width, height)
    for octave in range(octaves):
        across = max(2, round(cells * 2**octave * width / short)) + 1
        down = max(2, round(cells * 2**octave * height / short)) + 1
        grid = Image.fromarray(rng.random((down, across), dtype=np.float32))
        out += np.asarray(grid.resize((width, height), Image.Resampling.BICUBIC)) / np.float32(2**octave)
    out -= out.min()
    out /= out.max()
    return out


def grain(plate: Plate, rng: np.random.Generator, strength: float = 0.05) -> Plate:
    """Paper and ink that do not quite agree: monochrome noise."""
    plate += rng.standard_normal(plate.shape[:2], dtype=np.float32)[..., None] * np.float32(strength)
    return plate


def halftone(tone: Field, cell: float, angle: float) -> Field:
    """Dots that grow with ``tone`` (0–1) on a grid of ``cell`` pixels, turned by ``angle`` radians; cover 0–1."""
    height, width = tone.shape
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None]
    turn, side = np.float32(np.cos(angle) / cell), np.float32(np.sin(angle) / cell)
    u, v = (x * turn + y * side) % 1 - np.float32(0.5), (y * turn - x * side) % 1 - np.float32(0.5)
    radius = np.sqrt(np.clip(tone, 0, 1)) * np.float32(0.72)
    cover: Field = np.clip((radius - np.sqrt(u * u + v * v)) * np.float32(cell) + 0.5, 0, 1)
    return cover


def stencil(width: int, height: int, draw: Callable[[ImageDraw.ImageDraw, int], None], *, fine: int = 2) -> Field:
    """A mask drawn with Pillow, ``fine`` times larger and scaled down, so that its edges are smooth.

    ``draw`` gets a canvas in mode L (draw with 255) and the factor by which to multiply its coordinates.
    """
    picture = Image.new("L", (width * fine, height * fine))
    draw(ImageDraw.Draw(picture), fine)
    return np.asarray(picture.reduce(fine) if fine > 1 else picture, np.float32) / np.float32(255)


def picture(plate: Plate) -> Image.Image:
    """A plate as a Pillow picture."""
    return Image.fromarray((np.clip(plate, 0, 1) * 255 + 0.5).astype(np.uint8))
