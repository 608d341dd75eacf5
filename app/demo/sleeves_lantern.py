"""The portrait of Lantern & Moth; their posters are drawn by the films themselves."""

import numpy as np

from app.demo.drawing import Plate, coordinates, edge, grain, ink, mix, ramp

MIDNIGHT, DUSK, LAMP, CORAL, PAPER = ink("10142c"), ink("2a2f5e"), ink("ffcf5c"), ink("f2644b"), ink("f4ecdc")


def portrait(width: int, height: int) -> Plate:
    """A moth before a lantern; on the wide cover it is still on its way."""
    x, y = coordinates(width, height)
    short = min(width, height)
    plate = ramp(((0, MIDNIGHT), (1, DUSK)), np.broadcast_to(np.clip(y + 0.5, 0, 1), (height, width)))
    moth_x = 0.0 if width == height else -0.62
    lamp_x = 0.0 if width == height else 0.62
    for radius, colour, share in ((0.46, CORAL, 0.25), (0.37, CORAL, 0.6), (0.285, LAMP, 0.9), (0.2, PAPER, 0.95)):
        mix(plate, colour, edge(np.hypot(x - lamp_x, y) - radius, short) * np.float32(share))
    px, py = np.abs(x - moth_x), y
    upper = np.hypot((px - 0.15) / 1.25, py + 0.045 - px * -0.28) - 0.095
    lower = np.hypot((px - 0.085) / 0.9, py - 0.085) - 0.065
    wings = np.minimum(upper, lower)
    mix(plate, MIDNIGHT if width == height else PAPER, edge(wings, short))
    mix(plate, CORAL, edge(np.hypot(px - 0.165, py + 0.09) - 0.026, short))
    body = np.hypot(px / 0.16, py - 0.01) - 0.14
    mix(plate, MIDNIGHT if width == height else CORAL, edge(body, short // 6))
    feeler = np.abs(px - 0.012 - (-(py + 0.12)) * 0.45) - 0.004
    mix(plate, MIDNIGHT if width == height else PAPER, edge(np.maximum(feeler, np.abs(py + 0.17) - 0.05), short))
    return grain(plate, np.random.default_rng(6), 0.03)
