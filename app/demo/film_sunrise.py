"""A film in one shot: the sun comes up behind seven ridges that do not exist."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.demo.drawing import Plate, clouds, ink, ramp

FPS = 12
"""Pictures drawn a second; the light moves so slowly that those between are blended."""
BLENDED = True
SIZE = (640, 360)

_MOODS = (
    (0.0, ("070a1c", "0f1531", "1a2048")),
    (0.35, ("151a45", "43305f", "8a4a63")),
    (0.62, ("35458a", "b96a72", "ffb071")),
    (0.85, ("5b8fc2", "e9b48a", "ffdca6")),
    (1.0, ("6ea6cf", "cfc9bd", "ffe3b8")),
)
"""The sky at moments of the film: at the top, above the ridges, at the horizon."""


class Range:
    """The mountains at one size of picture: ridges, stars and a glow, computed once, then lit for each frame."""

    def __init__(self, width: int, height: int) -> None:
        rng = np.random.default_rng(404)
        self.width, self.height = width, height
        self.y = np.arange(height, dtype=np.float32)[:, None]
        self.ridges = [self._ridge(index, rng) for index in range(7)]
        places = rng.random((260, 3))
        self.stars = np.zeros((height, width), np.float32)
        rows, columns = (places[:, 1] ** 1.4 * height * 0.55).astype(int), (places[:, 0] * width).astype(int)
        self.stars[rows, columns] = places[:, 2] ** 2
        span = np.hypot(
            np.arange(-width, width, dtype=np.float32)[None, :], np.arange(-height, height, dtype=np.float32)[:, None]
        )
        self.glow = np.exp(-span / (height * 0.42)).astype(np.float32)
        self.disc = np.clip(height * 0.062 - span + 0.5, 0, 1).astype(np.float32)
        self.mist = clouds(width * 2, height // 2, rng, cells=3, octaves=4)

    def _ridge(self, index: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Heights (shares of the picture's) of a ridge twice as wide as the picture; near ones are larger."""
        steps = np.linspace(0, 1, 2049)
        heights = np.zeros(2049)
        for octave in range(7):
            knots = 3 * 2**octave + 2
            rough = (0.62 if index > 3 else 0.52) ** octave
            heights += np.interp(steps, np.linspace(0, 1, knots), rng.random(knots)) * rough
        heights -= heights.mean()
        return 0.50 + index * 0.072 - heights * (0.11 + 0.014 * index)

    def frame(self, progress: float) -> Plate:
        """The picture at ``progress`` (0–1) of the film."""
        top, middle, low = (
            [
                np.interp(progress, [at for at, _ in _MOODS], [ink(moods[band])[k] for _, moods in _MOODS])
                for k in range(3)
            ]
            for band in range(3)
        )
        shade = np.clip(self.y[:, 0] / (self.height * 0.62), 0, 1)
        sky = ramp(((0, tuple(top)), (0.6, tuple(middle)), (1, tuple(low))), shade)[:, None, :]  # type: ignore[arg-type]
        plate = np.repeat(sky, self.width, axis=1)
        sun_x, sun_y = round(self.width * (0.56 + 0.05 * progress)), round(self.height * (0.80 - 0.50 * progress))
        window = (
            slice(self.height - sun_y, 2 * self.height - sun_y),
            slice(self.width - sun_x, 2 * self.width - sun_x),
        )
        warmth = np.float32(max(0.0, min(1.0, (progress - 0.12) * 2)) * (1 - 0.62 * max(0.0, progress - 0.5) * 2))
        night = max(0.0, 1 - progress * 2.6)
        if night:
            plate += (self.stars * np.float32(night))[..., None]
        for channel, (halo, heart) in enumerate(((0.75, 0.7), (0.42, 0.6), (0.2, 0.4))):
            plate[..., channel] += self.glow[window] * (np.float32(halo) * warmth) + self.disc[window] * (
                np.float32(heart) * warmth
            )
        for index, ridge in enumerate(self.ridges):
            self._lay_ridge(plate, index, ridge, progress, np.array(low, np.float32), np.array(top, np.float32), warmth)
        return plate

    def _lay_ridge(
        self,
        plate: Plate,
        index: int,
        ridge: NDArray[np.float64],
        progress: float,
        low: Plate,
        top: Plate,
        warmth: np.float32,
    ) -> None:
        near = np.float32(index / 6)
        shift = 0.12 + progress * 0.012 * (index + 1) ** 1.5
        columns = np.linspace(shift, shift + 0.5, self.width) * 2048
        heights = (np.interp(columns, np.arange(2049), ridge) * self.height).astype(np.float32)[None, :]
        first = max(0, int(heights.min()) - 1)
        part = plate[first:]
        depth = self.y[first:] - heights
        cover = np.clip(depth + np.float32(0.5), 0, 1)
        body = (
            low * (1 - near) * np.float32(0.78)
            + top * np.float32(0.28) * (1 - near)
            + np.array([0.02, 0.025, 0.05], np.float32)
        ) * (1 - near * np.float32(0.75))
        fog = (low * np.float32(0.85) - body) * (np.float32(0.55) * (1 - near))
        haze = np.clip(depth / np.float32(self.height * 0.26), 0, 1)
        rim = (
            np.exp(-np.maximum(depth, 0) / np.float32(self.height * 0.012))
            * warmth
            * np.float32(0.22)
            * (1 - near * np.float32(0.6))
        )
        haze += rim
        for channel in range(3):
            target = haze * fog[channel] + body[channel]
            target -= part[..., channel]
            target *= cover
            part[..., channel] += target


def frames(seconds: float) -> Iterator[NDArray[np.uint8]]:
    """The film, frame by frame, ``(360, 640, 3)``."""
    scene = Range(*SIZE)
    total = int(seconds * FPS)
    dither = np.random.default_rng(1).random((SIZE[1], SIZE[0], 1), dtype=np.float32)
    for number in range(total):
        progress = number / total
        eased = progress * progress * (3 - 2 * progress) * 0.35 + progress * 0.65
        plate = scene.frame(eased)
        plate *= 254
        plate += dither
        yield np.clip(plate, 0, 255, out=plate).astype(np.uint8)


def poster(width: int, height: int) -> Plate:
    """Key art: the minute the sun has the lower ridges but not the near ones."""
    return Range(width, height).frame(0.66)
