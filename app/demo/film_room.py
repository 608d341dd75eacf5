"""A typographic film: a small word walks into a large room. The script is here once; its captions are made from it."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from app.demo.drawing import Plate
from app.demo.scores import ROOM_BEAT

FPS = 24
BLENDED = False
SIZE = (1280, 720)

PAPER, INKY, CORAL, LAMP, SEA = "#f4ecdc", "#10142c", "#f2644b", "#ffcf5c", "#1e4e5f"

SCRIPT: tuple[tuple[int, int, str, str, str, str], ...] = (
    (0, 1, "small", "a", PAPER, INKY),
    (1, 1, "small", "a small", PAPER, INKY),
    (2, 1, "small", "a small word", PAPER, INKY),
    (3, 3, "walk", "walks in.", PAPER, INKY),
    (6, 2, "corner", "It looks around.", PAPER, INKY),
    (8, 2, "centre", "Nobody.", PAPER, CORAL),
    (10, 2, "small", "So it clears its throat:", PAPER, INKY),
    (12, 4, "grow", "HELLO", CORAL, PAPER),
    (16, 4, "stack", "HELLO", INKY, LAMP),
    (20, 4, "wall", "HELLO", LAMP, INKY),
    (24, 2, "centre", "The room,", SEA, PAPER),
    (26, 2, "small", "which was raised well,", SEA, PAPER),
    (28, 4, "corner", "says it back:", SEA, PAPER),
    (32, 4, "shrink", "HELLO", CORAL, INKY),
    (36, 2, "stack", "HELLO", PAPER, CORAL),
    (38, 2, "wall", "HELLO", INKY, PAPER),
    (40, 4, "sit", "The word sits down.", PAPER, INKY),
)
"""(first beat, beats, how it moves, words, background, colour)."""


@lru_cache(maxsize=64)
def _word(text: str, size: int) -> Image.Image:
    """A word as a mask, cropped to its ink; its weight grows with its size."""
    font = ImageFont.load_default(size)
    weight = size // 40
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text, stroke_width=weight))
    mask = Image.new("L", (right - left + 2, bottom - top + 2))
    ImageDraw.Draw(mask).text((1 - left, 1 - top), text, 255, font, stroke_width=weight)
    return mask


def _ease(progress: float) -> float:
    return 1 - (1 - min(1.0, max(0.0, progress))) ** 4


def _put(canvas: Image.Image, mask: Image.Image, centre: tuple[float, float], colour: str) -> None:
    canvas.paste(colour, (round(centre[0] - mask.width / 2), round(centre[1] - mask.height / 2)), mask)


def _scaled(mask: Image.Image, width: float, height: float) -> Image.Image:
    return mask.resize((max(1, round(width)), max(1, round(height))), Image.Resampling.BILINEAR)


def draw_card(move: str, text: str, background: str, colour: str, progress: float) -> Image.Image:
    """One card of the script at ``progress`` (0–1) of its beats."""
    width, height = SIZE
    canvas = Image.new("RGB", SIZE, background)
    arrived = _ease(progress * 3)
    if move == "small":
        _put(canvas, _word(text, 54), (width / 2, height / 2), colour)
    elif move == "walk":
        mask = _word(text, 54)
        step = abs(np.sin(progress * 12)) * 10 * (1 - progress)
        _put(canvas, mask, (width * (0.5 + 0.28 * _ease(progress)), height / 2 + 90 - step), colour)
    elif move == "corner":
        _put(canvas, _word(text, 60), (220 + 60 * arrived, height - 90), colour)
        ImageDraw.Draw(canvas).line((0, height - 40, width * arrived, height - 40), colour, 4)
    elif move == "centre":
        mask = _word(text, 150)
        _put(canvas, mask, (width / 2, height / 2 + 40 * (1 - arrived)), colour)
    elif move in {"grow", "shrink"}:
        mask = _word(text, 420)
        share = 0.08 + 0.9 * _ease(progress * 1.3) if move == "grow" else 1.5 - 1.15 * _ease(progress)
        scaled = _scaled(mask, width * 0.94 * share, height * 0.8 * share)
        _put(canvas, scaled, (width / 2, height / 2), colour)
    elif move == "stack":
        _draw_stack(canvas, text, colour, progress)
    elif move == "wall":
        _draw_wall(canvas, text, colour, progress)
    else:
        mask = _word(text, 54)
        fall = _ease(progress * 2.2)
        _put(canvas, mask, (width / 2, height / 2 + (height / 2 - 66) * fall), colour)
        ImageDraw.Draw(canvas).line((0, height - 40, width, height - 40), colour, 4)
    return canvas


def _draw_stack(canvas: Image.Image, text: str, colour: str, progress: float) -> None:
    """The word five times, each line as tall as it wants to be; they breathe against each other."""
    width, height = SIZE
    mask = _word(text, 420)
    shares = np.array([1.0 + 0.85 * np.sin(progress * 5 + row * 1.25) for row in range(5)])
    tops = np.concatenate([[0], np.cumsum(shares / shares.sum() * height)])
    for row in range(5):
        box_height = tops[row + 1] - tops[row]
        line = _scaled(mask, width * 0.97, max(6, box_height - 12))
        _put(canvas, line, (width / 2, (tops[row] + tops[row + 1]) / 2), colour)


def _draw_wall(canvas: Image.Image, text: str, colour: str, progress: float) -> None:
    """The word as wallpaper; every second line walks the other way."""
    mask = _word(text, 96)
    pitch = mask.width + 46
    for row in range(8):
        drift = progress * 190 * (1 if row % 2 else -1) + row * 70
        for column in range(-2, 6):
            _put(canvas, mask, (column * pitch + drift % pitch, 46 + row * 90), colour)


def frames(seconds: float) -> Iterator[NDArray[np.uint8]]:
    """The film, frame by frame, ``(720, 1280, 3)``."""
    for number in range(int(seconds * FPS)):
        beat = number / FPS / ROOM_BEAT
        first, beats, move, text, background, colour = next(card for card in reversed(SCRIPT) if card[0] <= beat)
        yield np.asarray(draw_card(move, text, background, colour, (beat - first) / beats))


def poster(width: int, height: int) -> Plate:
    """Key art: the word, small, under its own echo."""
    card = draw_card("stack", "HELLO", CORAL, PAPER, 0.62)
    canvas = ImageDraw.Draw(card)
    canvas.ellipse((1060, 560, 1180, 680), fill=INKY)
    mask = _word("hello", 36)
    card.paste(LAMP, (1120 - mask.width // 2, 620 - mask.height // 2), mask)
    return np.asarray(card.resize((width, height), Image.Resampling.LANCZOS), np.float32) / np.float32(255)
