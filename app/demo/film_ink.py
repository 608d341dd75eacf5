"""An abstract film: drops of ink fall into water that turns, and are carried."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.demo.drawing import Field, Plate, clouds, coordinates, grain, ink, picture
from app.demo.scores import INK_DROPS

FPS = 12
"""Pictures drawn a second; ink is soft, so that those between can be blended."""
BLENDED = True
SIZE = (480, 270)

PAPER = np.array(ink("f3ecdd"), np.float32)
ABSORBS = np.array(((2.4, 1.9, 0.75), (0.15, 1.7, 1.9), (1.5, 0.5, 0.55)), np.float32)
"""What each of three inks (indigo, vermilion, sea green) takes from red, green and blue."""


class Basin:
    """A shallow basin: three dyes on a grid, and the currents that carry them.

    The current is the curl of two noise fields that take turns, so that ink neither piles up nor thins out; the dye is
    moved backwards along it (Stam's stable fluids, 1999, without the solving).
    """

    def __init__(self, width: int, height: int) -> None:
        rng = np.random.default_rng(808)
        self.rng, self.width, self.height = rng, width, height
        self.dye = np.zeros((3, height, width), np.float32)
        self.currents = [self._current(cells, rng) for cells in (2, 4, 3)]
        self.x, self.y = coordinates(width, height)
        self.columns = np.arange(width, dtype=np.float32)[None, :]
        self.rows = np.arange(height, dtype=np.float32)[:, None]
        self.fallen = 0

    def _current(self, cells: int, rng: np.random.Generator) -> tuple[Field, Field]:
        down, across = np.gradient(clouds(self.width, self.height, rng, cells=cells, octaves=2))
        strength = np.float32(self.height * 0.24 / cells**0.35)
        u: Field = np.asarray(down * strength, np.float32)
        v: Field = np.asarray(-across * strength, np.float32)
        return u, v

    def drop(self, number: int) -> None:
        """Let one part of a drop fall: a ragged disc of one ink."""
        cx, cy = self.rng.uniform(-0.6, 0.6), self.rng.uniform(-0.28, 0.28)
        ragged = clouds(self.width, self.height, self.rng, cells=7, octaves=3) * np.float32(0.09)
        radius = np.hypot(self.x - np.float32(cx), self.y - np.float32(cy)) + ragged
        size = 0.085 + 0.045 * (number % 3)
        self.dye[number % 3] += np.clip((size - radius) * 16, 0, 1.0)

    def step(self, second: float, pace: float) -> None:
        """Carry the ink for a frame; ``pace`` is how far in frames."""
        weights = [
            np.float32(pace * max(0.15, np.sin(second * speed + phase)))
            for speed, phase in ((0.31, 0.6), (0.47, 2.0), (0.23, 4.0))
        ]
        u = sum(
            (current[0] * weight for current, weight in zip(self.currents, weights, strict=True)),
            np.zeros_like(self.dye[0]),
        )
        v = sum(
            (current[1] * weight for current, weight in zip(self.currents, weights, strict=True)),
            np.zeros_like(self.dye[0]),
        )
        x = np.clip(self.columns - u, 0, self.width - 1.01)
        y = np.clip(self.rows - v, 0, self.height - 1.01)
        column, row = x.astype(np.int32), y.astype(np.int32)
        x -= column
        y -= row
        corner = (row * self.width + column).ravel()
        flat = self.dye.reshape(3, -1)
        fx, fy = x.ravel(), y.ravel()
        above = flat.take(corner, axis=1) * (1 - fx) + flat.take(corner + 1, axis=1) * fx
        corner += self.width
        below = flat.take(corner, axis=1) * (1 - fx) + flat.take(corner + 1, axis=1) * fx
        self.dye = ((above + (below - above) * fy) * np.float32(0.9976)).reshape(self.dye.shape)
        self.dye[self.dye < 0.0005] = 0  # numbers next to nothing are slow, and there are many at the edge of ink

    def advance(self, second: float, pace: float) -> None:
        """Go on to ``second``: let drops fall that are due, then carry."""
        while self.fallen < len(INK_DROPS) and INK_DROPS[self.fallen] <= second:
            for part in range(3):
                self.drop(self.fallen + part)
            self.fallen += 1
        self.step(second, pace)

    def seen(self) -> Plate:
        """The basin from above, by the light that the inks let through."""
        dense = self.dye * self.dye * (3 - 2 * np.minimum(self.dye, 1))
        rim = self.dye * (1 - np.minimum(self.dye, 1)) * np.float32(0.7)
        dense += rim
        light = np.empty((*dense.shape[1:], 3), np.float32)
        for channel in range(3):
            taken = sum((dense[dye] * ABSORBS[dye, channel] for dye in range(3)), np.zeros_like(dense[0]))
            light[..., channel] = np.exp(-taken) * PAPER[channel]
        return light


def frames(seconds: float) -> Iterator[NDArray[np.uint8]]:
    """The film, frame by frame, ``(270, 480, 3)``."""
    basin = Basin(*SIZE)
    for number in range(int(seconds * FPS)):
        second = number / FPS
        basin.advance(second, 1.9)
        plate = basin.seen()
        closing = min(1.0, max(0.0, (seconds - second) / 2.0))
        plate = PAPER + (plate - PAPER) * np.float32(closing)
        yield (plate * 255).astype(np.uint8)


def poster(width: int, height: int) -> Plate:
    """Key art: the basin after six drops, at a third of the poster's size, on toothed paper."""
    basin = Basin(width // 3, height // 3)
    for number in range(84):
        basin.advance(number / 4.1, 5.6)
    plate = basin.seen()
    large = np.asarray(picture(plate).resize((width, height), Image.Resampling.BICUBIC), np.float32) / np.float32(255)
    return grain(large, np.random.default_rng(5), 0.03)
