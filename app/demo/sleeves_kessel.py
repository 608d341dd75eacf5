"""Sleeves of Kessel Nord: three inks (bone, black, signal orange), ruled by engineers."""

import numpy as np
from PIL import ImageDraw

from app.demo.drawing import Field, Plate, coordinates, edge, grain, ink, mix, sheet, stencil

BONE, BLACK, ORANGE, SLATE = ink("ece5d6"), ink("14130f"), ink("ff4a14"), ink("3b4a55")


def freight(size: int) -> Plate:
    """A yard from above: sixteen tracks, three switches, wagons asleep, one awake."""
    plate = sheet(size, size, BLACK)
    unit = size / 20
    rng = np.random.default_rng(12)

    def tracks(canvas: ImageDraw.ImageDraw, fine: int) -> None:
        for row in range(2, 19):
            y = row * unit * fine
            canvas.line((0, y, size * fine, y), 255, round(unit * 0.09) * fine)
        for row, column, span in ((3, 4, 3), (8, 10, 4), (13, 2, 4), (9, 15, 2), (2, 13, 4)):
            x, y, run = column * unit * fine, row * unit * fine, span * unit * fine
            canvas.line((x, y, x + run, y + run), 255, round(unit * 0.1) * fine)

    def wagons(canvas: ImageDraw.ImageDraw, fine: int) -> None:
        for row in range(2, 19):
            x = float(rng.uniform(-1, 5))
            while x < 20:
                length = float(rng.choice([1.4, 2.2, 3.1]))
                if rng.random() < 0.42 and row != 11:
                    box = [value * unit * fine for value in (x, row - 0.3, x + length, row + 0.3)]
                    canvas.rounded_rectangle(box, unit * 0.08 * fine, 255)
                x += length + 0.18 + (rng.random() < 0.25) * 2

    def express(canvas: ImageDraw.ImageDraw, fine: int) -> None:
        for index in range(5):
            x = 5.2 + index * 3.3
            canvas.rounded_rectangle(
                [value * unit * fine for value in (x, 10.62, x + 3.1, 11.38)], unit * 0.1 * fine, 255
            )

    mix(plate, SLATE, stencil(size, size, tracks))
    mix(plate, BONE, stencil(size, size, wagons))
    mix(plate, ORANGE, stencil(size, size, express))
    return grain(plate, rng, 0.025)


def motorway(size: int) -> Plate:
    """An interchange as engineers draw it at night, for fun: four loops that never need to stop."""
    plate = sheet(size, size, ORANGE)
    x, y = coordinates(size, size)
    roads: list[Field] = [
        np.broadcast_to(np.abs(x - y), (size, size)),
        np.broadcast_to(np.abs(x + y), (size, size)) * 1.0,
    ]
    roads = [road / np.float32(np.sqrt(2)) for road in roads]
    loops = [
        np.abs(np.hypot(x - cx, y - cy) - np.float32(0.19)) for cx, cy in ((0, -0.31), (0, 0.31), (-0.31, 0), (0.31, 0))
    ]
    rings = [np.abs(np.hypot(x, y) - np.float32(radius)) for radius in (0.43, 0.62)]
    for road in (*rings, *loops, *roads):
        mix(plate, ORANGE, edge(road - 0.055, size))
        mix(plate, BLACK, edge(road - 0.043, size))
    angle = np.arctan2(y, x)
    dashes = (np.sin(angle * 70) > 0).astype(np.float32)
    for ring in rings:
        mix(plate, BONE, edge(ring - 0.004, size) * dashes)
    for index, loop in enumerate(loops):
        cx, cy = ((0, -0.31), (0, 0.31), (-0.31, 0), (0.31, 0))[index]
        mix(plate, BONE, edge(loop - 0.004, size) * (np.sin(np.arctan2(y - cy, x - cx) * 26) > 0))
    for road in roads:
        mix(plate, BONE, edge(road - 0.004, size) * (np.sin(np.hypot(x, y) * 110) > 0))
    return grain(plate, np.random.default_rng(2), 0.03)


_PIXELS = (
    "....................",
    ".............aaa....",
    "............aaaa....",
    "..o.........aaa.....",
    "............aaaa..a.",
    "......o......aaaaaa.",
    "..............aaaa..",
    "..........o.........",
    "...................o",
    ".o..................",
    ".........sss........",
    "......ss.....ss.....",
    "....ss..............",
    "....s..bb...........",
    "...bb..bb.aaaa.aaaa.",
    ".bbbbbbbb.aooa.aooa.",
    ".bobbobbb.aaaa.aaaa.",
    ".bbbbbbbb.aaaa.aaaa.",
    "bsbsbsbsbsasasasasas",
    "ssssssssssssssssssss",
)


def hand_held(size: int) -> Plate:
    """The night train again, in 400 pixels."""
    night, moon, body, light = ink("1b1a3a"), BONE, ORANGE, ink("7c86c9")
    inks = {".": night, "a": moon, "b": body, "o": ink("ffc73a"), "s": light}
    rows = np.array([[inks[letter] for letter in row] for row in _PIXELS], np.float32)
    cell = size // 20
    plate = np.kron(rows, np.ones((cell, cell, 1), np.float32))
    seam = np.ones(cell, np.float32)
    seam[: max(1, cell // 18)] = 0.86
    seams = np.tile(seam, 20)
    return np.asarray(plate * seams[:, None, None] * seams[None, :, None], np.float32)


def portrait(width: int, height: int) -> Plate:
    """A boiler from the front (Kessel), north marked. Fills an avatar or the middle of a wide cover."""
    plate = sheet(width, height, BONE)
    x, y = coordinates(width, height)
    turn = np.arctan2(y, x)
    radius = np.hypot(x, y)
    if width > height:
        rails = np.abs((y * 12) % 1 - 0.5) - 0.02 - 0.11 * np.maximum(0, np.abs(x) - 0.5)
        mix(plate, BLACK, edge(rails / 12, height))
        stripe = np.maximum(np.abs(y + 0.04166) - 0.03, 0.52 - x)
        mix(plate, ORANGE, edge(stripe, height))
    mix(plate, BLACK, edge(radius - 0.42, min(width, height)))
    mix(plate, BONE, edge(np.abs(radius - 0.345) - 0.006, min(width, height)))
    rivets = np.hypot(radius - 0.383, (turn * 24 / (2 * np.pi) % 1 - 0.5) * 2 * np.pi / 24 * 0.383)
    mix(plate, BONE, edge(rivets - 0.011, min(width, height)))
    needle = np.maximum(np.abs(x) - 0.11 * (0.25 - y * 0.9), np.abs(y) - 0.27)
    mix(plate, ORANGE, edge(needle, min(width, height)) * (y < 0))
    mix(
        plate,
        SLATE,
        edge(np.maximum(np.abs(x) - 0.11 * (0.25 + y * 0.9), np.abs(y) - 0.27), min(width, height)) * (y >= 0),
    )
    mix(plate, BONE, edge(radius - 0.03, min(width, height)))
    return grain(plate, np.random.default_rng(8), 0.025)
