"""Sleeves of the Night Desk: amber on the green-black of an old dial, drawn by instruments rather than by hand."""

import numpy as np

from app.demo.drawing import Plate, clouds, coordinates, edge, grain, halftone, ink, mix, sheet
from app.demo.morse import PLAY, keying
from app.demo.records_night import TIMETABLE

DARK, AMBER, PALE, MOSS = ink("0a1510"), ink("f4b233"), ink("f6e9c8"), ink("2f5b42")


def numbers(size: int) -> Plate:
    """A moon in coarse print over the punched card of the broadcast: each hole is a digit that it sends."""
    x, y = coordinates(size, size)
    plate = sheet(size, size, DARK)
    distance = np.hypot(x + 0.02, y + 0.16)
    relief = clouds(size, size, np.random.default_rng(5), cells=5, octaves=4)
    lit = np.clip(1.15 - np.hypot(x + 0.16, y + 0.3) * 2.6, 0.02, 1) * (0.55 + 0.6 * relief)
    mix(plate, AMBER, halftone(np.where(distance < 0.285, lit, 0), size / 70, 0.4) * (distance < 0.29))
    digits = "".join(TIMETABLE)
    for column, digit in enumerate(digits):
        cx = -0.42 + column * 0.84 / (len(digits) - 1)
        for row in range(10):
            cy = 0.2 + row * 0.026
            hole = np.maximum(np.abs(x - cx) - 0.0085, np.abs(y - cy) - 0.0092)
            rows = slice(int((cy + 0.485) * size), int((cy + 0.515) * size))
            part = plate[rows]
            mix(
                part,
                PALE if row == int(digit) else MOSS,
                edge(hole[rows], size) * np.float32(1 if row == int(digit) else 0.55),
            )
    return grain(plate, np.random.default_rng(6), 0.03)


def rain(size: int) -> Plate:
    """Six fields of strokes; each falls as its rain does."""
    plate = sheet(size, size, PALE)
    x, y = coordinates(size, size)
    rng = np.random.default_rng(60)
    for index, (slant, length, many, colour) in enumerate(
        (
            (0.0, 0.05, 60, DARK),
            (0.35, 0.10, 46, MOSS),
            (-0.15, 0.02, 90, DARK),
            (0.6, 0.16, 30, AMBER),
            (0.12, 0.22, 40, MOSS),
            (0.0, 0.012, 14, DARK),
        )
    ):
        column, row = index % 2, index // 2
        box = (
            slice(round(row * size / 3), round((row + 1) * size / 3)),
            slice(column * size // 2, (column + 1) * size // 2),
        )
        part, px, py = plate[box], x[:, box[1]], y[box[0]]
        if index in {1, 2, 5}:
            part[:] = {1: AMBER, 2: MOSS, 5: AMBER}[index]
            colour = DARK if index != 2 else PALE  # noqa: PLW2901 - the field is inked, so its strokes change
        cover = np.zeros(part.shape[:2], np.float32)
        for _ in range(many):
            cx = float(rng.uniform(px.min(), px.max()))
            cy = float(rng.uniform(py.min(), py.max()))
            stroke = np.maximum(np.abs(px - cx - (py - cy) * slant) - 0.0032, np.abs(py - cy) - length / 2)
            np.maximum(cover, edge(stroke, size), out=cover)
        mix(part, colour, cover)
    return grain(plate, rng, 0.035)


def gale(size: int) -> Plate:
    """The weather chart of the night in question, with everything that was said."""
    rng = np.random.default_rng(19)
    x, y = coordinates(size, size)
    field = clouds(size, size, rng, cells=2, octaves=2) * 0.6 + np.exp(-((x - 0.12) ** 2 + (y + 0.1) ** 2) * 9) * 1.1
    level = field * 15
    slope_y, slope_x = np.gradient(level)
    line = np.abs(level % 1 - 0.5) / np.maximum(np.hypot(slope_x, slope_y), 1e-4)
    plate = sheet(size, size, ink("0d1f1b"))
    mix(plate, MOSS, np.clip(field - 0.35, 0, 1) * np.float32(0.75))
    mix(plate, PALE, np.clip(size / 700 + 0.5 - line, 0, 1) * np.float32(0.85))
    mix(plate, AMBER, edge(np.hypot(x - 0.12, y + 0.1) - 0.03, size))
    for row, message in enumerate(PLAY):
        rows = slice(int((0.115 + row * 0.028) * size + 0.5 * size), int((0.135 + row * 0.028) * size + 0.5 * size))
        part = plate[rows]
        for start, length in keying(message.morse):
            left = int((0.06 + start * 0.0062) * size)
            part[size // 200 : -size // 200, left : left + max(2, int(length * 0.0062 * size))] = AMBER
    return grain(plate, rng, 0.03)


def test_transmission(size: int) -> Plate:
    """A test card for a station that has no picture."""
    x, y = coordinates(size, size)
    plate = sheet(size, size, DARK)
    lattice = np.minimum(np.abs(x * 14 % 1 - 0.5), np.abs(y * 14 % 1 - 0.5))
    mix(plate, MOSS, np.clip(1 - lattice * size / 20, 0, 1) * np.float32(0.6))
    radius = np.hypot(x, y)
    mix(plate, DARK, edge(radius - 0.4, size))
    mix(plate, AMBER, edge(np.abs(radius - 0.4) - 0.004, size))
    inside = edge(radius - 0.39, size)
    bars = np.floor((x + 0.4) * 10)
    for index, colour in enumerate((PALE, AMBER, ink("c98a1c"), ink("7d9a55"), MOSS, ink("1c3a2a"), DARK, PALE)):
        mix(plate, colour, inside * (bars == index) * (np.abs(y + 0.12) < 0.12))
    wedge = (np.sin(x * (150 + 260 * (x + 0.4))) > 0).astype(np.float32)
    mix(plate, PALE, inside * wedge * ((y > 0.03) & (y < 0.13)))
    mix(plate, AMBER, inside * edge(np.abs(np.hypot(x, y - 0.22) - 0.05) - 0.01, size))
    mix(plate, AMBER, inside * edge(np.hypot(x, y - 0.22) - 0.014, size))
    return grain(plate, np.random.default_rng(7), 0.03)


def portrait(width: int, height: int) -> Plate:
    """A dial, lit; the needle stands where nothing is listed."""
    x, y = coordinates(width, height)
    short = min(width, height)
    plate = sheet(width, height, DARK)
    centre = 0.36
    radius, turn = np.hypot(x, y - centre), np.arctan2(x, centre - y)
    mix(plate, AMBER, np.exp(-np.abs(radius - 0.6) * 7) * np.float32(0.34))
    reach = 1.1 if width == height else 1.5
    ticks = np.abs((turn * 22) % 1 - 0.5) / 22 * radius
    tall = np.where(np.floor(turn * 22) % 5 == 0, 0.085, 0.04)
    for ring, colour, extra in ((0.55, AMBER, 1.0), (0.72, PALE, 0.7)):
        mark = np.maximum(ticks - 0.0035, np.abs(radius - ring) - tall / 2 * extra)
        mix(plate, colour, edge(mark, short) * (np.abs(turn) < reach))
    if width > height:
        strip = np.maximum(
            np.abs(x * 9 % 1 - 0.5) / 9 - 0.003, np.abs(y - 0.1) - np.where(np.floor(x * 9) % 4 == 0, 0.16, 0.07)
        )
        mix(plate, AMBER, edge(strip, short) * (np.abs(x) > 0.85))
    needle = np.abs(np.sin(turn - 0.32)) * radius
    mix(plate, ink("ff5a2a"), edge(needle - 0.006, short) * (radius < 0.83) * (turn > 0))
    mix(plate, PALE, edge(radius - 0.05, short))
    return grain(plate, np.random.default_rng(4), 0.03)
