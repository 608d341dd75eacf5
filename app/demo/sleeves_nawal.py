"""Sleeves of Nawal Sarab: dusk in a gradient, arches, the grain of a risograph that is short of one ink."""

import numpy as np

from app.demo.drawing import Colour, Field, Plate, clouds, coordinates, edge, grain, ink, mix, ramp, sheet

INDIGO, PLUM, ROSE, APRICOT, CREAM, TEAL = (
    ink(code) for code in ("191a45", "6b2a5b", "e0637a", "ffb27a", "fff0d9", "1f6f78")
)


def _arch(x: Field, y: Field, half: float, top: float, foot: float) -> Field:
    """Signed distance, roughly, to a door with a round top: ``half`` wide, its circle centred at ``top``."""
    head = np.hypot(x, y - top) - np.float32(half)
    body = np.maximum(np.abs(x) - np.float32(half), np.maximum(np.float32(top) - y, y - np.float32(foot)))
    distance: Field = np.minimum(head, body)
    return distance


def slow_water(size: int) -> Plate:
    """A sun that has already set, in water that has not heard."""
    rng = np.random.default_rng(31)
    x, y = coordinates(size, size)
    drift = clouds(size, size, rng, cells=2, octaves=3)
    sky = ((0, INDIGO), (0.42, PLUM), (0.7, ROSE), (0.9, APRICOT), (1, CREAM))
    horizon = np.float32(0.12)
    tone = np.where(y < horizon, (y + 0.5) / 0.62, 1 - (y - horizon) / 0.42) + (drift - 0.5) * 0.34
    plate = ramp(sky, np.clip(tone, 0, 1))
    ripple = np.sin(np.sqrt(np.maximum(y - horizon, 0)) * 120 + (drift - 0.5) * 9)
    below = (y > horizon).astype(np.float32)
    mix(plate, TEAL, below * np.clip((y - horizon) * 2.2, 0, 0.75) * (0.65 + 0.35 * ripple))
    sun = np.hypot(x, y - horizon + 0.02)
    mix(plate, CREAM, edge(sun - 0.235, size) * (1 - below))
    glint = np.abs(x + ripple * 0.02 * (1 + (y - horizon) * 6)) - 0.235 * (1 - (y - horizon) * 0.9)
    mix(plate, APRICOT, edge(glint, size // 12) * below * (ripple > np.float32(-0.1) + (y - horizon) * 2.2))
    return grain(plate, rng, 0.055)


def kitchen_radio(size: int) -> Plate:
    """The only lit window in the street, and what it does to the wall."""
    rng = np.random.default_rng(42)
    x, y = coordinates(size, size)
    wall = clouds(size, size, rng, cells=3, octaves=5)
    plate = ramp(((0, ink("0f1233")), (0.6, INDIGO), (1, ink("3a2a66"))), np.clip(wall * 0.5 + (0.5 - y) * 0.4, 0, 1))
    window = _arch(x + 0.14, y, 0.19, -0.12, 0.22)
    glow = np.exp(-np.maximum(window, 0) * 6.5)
    mix(plate, ROSE, glow * 0.5)
    for cx, cy in ((-0.14 - 0.46, 0.0), (-0.14 + 0.46, 0.0)):
        mix(plate, ink("0b0d28"), edge(_arch(x - cx, y - cy, 0.165, -0.12, 0.2), size) * np.float32(0.85))
    mix(
        plate,
        ramp(((0, CREAM), (0.5, APRICOT), (1, ROSE)), np.clip(np.broadcast_to((y + 0.33) / 0.58, wall.shape), 0, 1)),
        edge(window, size),
    )
    frame = np.minimum(np.abs(x + 0.14), np.abs(y + 0.02)) - 0.006
    mix(plate, PLUM, edge(frame, size) * edge(window, size))
    radio = np.maximum(np.abs(x + 0.075) - 0.07, np.abs(y - 0.175) - 0.045)
    mix(plate, INDIGO, edge(radio, size))
    mix(plate, APRICOT, edge(np.hypot(x + 0.105, y - 0.175) - 0.026, size))
    mix(plate, APRICOT, edge(np.maximum(np.abs(x + 0.045) - 0.022, np.abs(y - 0.165) - 0.004), size))
    mix(plate, INDIGO, edge(np.maximum(np.abs(x + 0.02 - (y - 0.06) * 0.35) - 0.0022, np.abs(y - 0.07) - 0.06), size))
    light = np.maximum(np.abs(x + 0.14 + (y - 0.36) * 0.25) - 0.17 - (y - 0.3) * 0.5, np.abs(y - 0.41) - 0.1)
    mix(plate, APRICOT, edge(light, size // 30) * np.float32(0.28))
    return grain(plate, rng, 0.06)


def lift_operator(size: int) -> Plate:
    """Nine floors and a shaft; the lift is on the sixth, with somebody in it who reads."""
    rng = np.random.default_rng(9)
    x, y = coordinates(size, size)
    plate = sheet(size, size, CREAM)
    floors: tuple[tuple[Colour, Colour], ...] = (
        (INDIGO, PLUM), (PLUM, ROSE), (ROSE, APRICOT), (TEAL, ink("9cc8b4")), (APRICOT, CREAM),
        (INDIGO, TEAL), (ROSE, CREAM), (PLUM, INDIGO), (TEAL, INDIGO),
    )  # fmt: skip
    across = np.broadcast_to(x + 0.5, (size, size))
    for floor, (left, right) in enumerate(floors):
        middle = -0.4 + floor * 0.1
        room = np.maximum(np.abs(x) - 0.4, np.abs(y - middle) - 0.043)
        tone = across if floor % 2 else 1 - across
        mix(plate, ramp(((0.05, left), (0.95, right)), np.clip(tone, 0, 1)), edge(room, size))
    shaft = np.maximum(np.abs(x - 0.17) - 0.055, np.abs(y) - 0.46)
    mix(plate, CREAM, edge(shaft, size))
    mix(plate, INDIGO, edge(np.maximum(np.abs(x - 0.17) - 0.0018, np.abs(y + 0.19) - 0.27), size))
    mix(plate, ink("e9442f"), edge(_arch(x - 0.17, y, 0.043, 0.085, 0.143), size))
    mix(plate, CREAM, edge(np.hypot(x - 0.17, y - 0.085) - 0.012, size))
    return grain(plate, rng, 0.05)


def portrait(width: int, height: int) -> Plate:
    """Three arches, one in the other, at the hour of her name: sarab, a mirage."""
    rng = np.random.default_rng(21)
    x, y = coordinates(width, height)
    drift = clouds(width, height, rng, cells=1, octaves=3)
    plate = ramp(
        ((0, INDIGO), (0.5, PLUM), (0.8, ROSE), (1, APRICOT)), np.clip((y + 0.5) * 0.85 + (drift - 0.5) * 0.5, 0, 1)
    )
    short = min(width, height)
    for offset in (0,) if width == height else (-1.5, -0.75, 0, 0.75, 1.5):
        scale = 1 - abs(offset) * 0.22
        for half, colour in ((0.33, APRICOT), (0.235, ROSE), (0.14, INDIGO)):
            mix(plate, colour, edge(_arch(x - offset, y, half * scale, 0.0, 0.6), short))
        mix(plate, CREAM, edge(np.hypot(x - offset, y - 0.16) - 0.075 * scale, short))
    return grain(plate, rng, 0.055)
