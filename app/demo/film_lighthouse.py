"""An animated short: a keeper, a boat, a moth. Drawn on twos, 12 pictures a second, as cut paper is."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from app.demo.drawing import Plate, clouds, ink, picture, ramp

FPS = 12
BLENDED = False
SIZE = (1280, 720)
LAMP_AT = (905, 232)
ACTS = ((0.0, "Dusk"), (8.0, "The lamp"), (16.0, "Somebody out there"), (24.0, "The answer"), (31.0, "Morning"))
"""When each act starts, in seconds, and its name."""

_DUSK = ((0, ink("141a3c")), (0.45, ink("3d3566")), (0.62, ink("c76a6b")))
_NIGHT = ((0, ink("060918")), (0.45, ink("0e1635")), (0.62, ink("24356b")))
_MORNING = ((0, ink("6fa9c4")), (0.4, ink("f3c9a0")), (0.62, ink("fff0cf")))
_SEAS = (((44, 74, 110), (22, 40, 72), (13, 24, 48)), ((120, 160, 170), (62, 116, 134), (30, 78, 95)))


def _sky(stops: tuple[tuple[float, tuple[float, float, float]], ...], *, stars: bool) -> Image.Image:
    width, height = SIZE
    rows = np.broadcast_to(np.linspace(0, 1, height, dtype=np.float32)[:, None], (height, width))
    paper = clouds(width, height, np.random.default_rng(3), cells=40, octaves=2)
    plate = ramp(stops, rows + (paper - 0.5) * 0.04)
    sky = picture(plate)
    if stars:
        draw, rng = ImageDraw.Draw(sky), np.random.default_rng(12)
        for x, y, size in rng.random((120, 3)):
            radius = 0.6 + size**3 * 2
            draw.ellipse((x * width - radius, y * 380 - radius, x * width + radius, y * 380 + radius), fill="#f6e9c8")
    return sky


def _rock() -> Image.Image:
    """The cliff, the tower, the keeper's house: transparent where there is none; drawn twice as large, scaled down."""
    layer = Image.new("RGBA", (SIZE[0] * 2, SIZE[1] * 2))
    draw = ImageDraw.Draw(layer)

    def cut(points: list[tuple[float, float]], colour: str) -> None:
        draw.polygon([(x * 2, y * 2) for x, y in points], fill=colour)

    cut(
        [
            (660, 620),
            (716, 540),
            (770, 528),
            (812, 476),
            (1010, 468),
            (1080, 500),
            (1160, 486),
            (1280, 540),
            (1280, 720),
            (640, 720),
        ],
        "#0c1022",
    )
    cut(
        [
            (812, 476),
            (1010, 468),
            (1080, 500),
            (1160, 486),
            (1280, 540),
            (1280, 560),
            (1100, 520),
            (960, 500),
            (800, 500),
        ],
        "#1d2a3f",
    )
    cut([(862, 480), (878, 262), (932, 262), (948, 480)], "#f4ecdc")
    for top in (300, 364, 428):
        lean = (top - 262) * 16 / 218
        foot = (top + 32 - 262) * 16 / 218
        cut([(878 - lean, top), (932 + lean, top), (932 + foot, top + 32), (878 - foot, top + 32)], "#f2644b")
    cut([(905, 262), (932, 262), (948, 480), (905, 480)], "#00000000")
    cut([(866, 256), (944, 256), (944, 264), (866, 264)], "#10142c")
    cut([(884, 212), (926, 212), (926, 256), (884, 256)], "#2a3358")
    cut([(876, 212), (905, 186), (934, 212)], "#10142c")
    cut([(990, 478), (990, 430), (1072, 430), (1072, 492)], "#e7dcc6")
    cut([(980, 434), (1031, 396), (1082, 434)], "#f2644b")
    cut([(1010, 446), (1030, 446), (1030, 468), (1010, 468)], "#ffcf5c")
    return layer.reduce(2)


def _boat() -> Image.Image:
    layer = Image.new("RGBA", (320, 280))
    draw = ImageDraw.Draw(layer)
    draw.polygon([(40, 190), (280, 190), (240, 246), (80, 246)], fill="#f2644b")
    draw.polygon([(46, 200), (274, 200), (268, 210), (54, 210)], fill="#f4ecdc")
    draw.rectangle((120, 140, 200, 190), fill="#f4ecdc")
    draw.rectangle((136, 152, 156, 172), fill="#ffcf5c")
    draw.rectangle((210, 60, 216, 190), fill="#10142c")
    draw.polygon([(206, 66), (206, 180), (130, 136)], fill="#e7dcc6")
    return layer.reduce(2)


def _wave(colour: tuple[int, int, int], height: int, length: int, seed: int) -> Image.Image:
    """A strip of sea wider than the picture by one ``length``, its crests scalloped like cut paper."""
    width = SIZE[0] + length
    x = np.arange(width)
    crest = np.abs(np.sin(np.pi * x / length * 2 + seed)) * 16
    cover = np.clip(np.arange(height)[:, None] - crest[None, :], 0, 1) * 255
    strip = Image.new("RGBA", (width, height), colour)
    strip.putalpha(Image.fromarray(cover.astype(np.uint8)))
    return strip


class Stage:
    """Everything that is cut out once; ``picture_at`` puts it together for a second of the film."""

    def __init__(self) -> None:
        self.dusk, self.night, self.morning = (
            _sky(_DUSK, stars=False),
            _sky(_NIGHT, stars=True),
            _sky(_MORNING, stars=False),
        )
        rock = _rock()
        self.rock_box = rock.getbbox() or (0, 0, *SIZE)
        self.rock, self.boat = rock.crop(self.rock_box), _boat()
        self.waves = [
            [_wave(colour, 190 - row * 42, 170 - row * 24, row) for row, colour in enumerate(seas)] for seas in _SEAS
        ]

    def picture_at(self, second: float) -> Image.Image:
        """The picture at a second of the film."""
        if second < ACTS[-1][0] - 2:
            scene = Image.blend(self.dusk, self.night, min(1.0, second / 9))
        else:
            scene = Image.blend(self.night, self.morning, min(1.0, (second - ACTS[-1][0] + 2) / 5))
        day = second > ACTS[-1][0] + 0.5
        if day:
            rise = (second - ACTS[-1][0]) / 5
            ImageDraw.Draw(scene).ellipse((300, 440 - 150 * rise, 420, 560 - 150 * rise), fill="#fff6da")
        self._light(scene, second)
        waves = self.waves[int(day)]
        for row, strip in enumerate(waves):
            if row == 1 and second > ACTS[2][0] - 2:
                self._sail(scene, second)
            speed = (14 + 13 * row) * (1 if row % 2 else -1)
            length = 170 - row * 24
            drift = int(second * speed) % length
            bob = round(5 * np.sin(second * 1.3 + row * 2))
            scene.paste(strip, (-drift, SIZE[1] - strip.height + bob + 8), strip)
            if row == 1:
                scene.paste(self.rock, self.rock_box[:2], self.rock)
                self._lamp(scene, second)
        return scene

    def _light(self, scene: Image.Image, second: float) -> None:
        """The beam: it turns from the second act on, and in the fourth it waits where the boat is."""
        lit = min(1.0, max(0.0, second - ACTS[1][0])) * min(1.0, max(0.0, ACTS[4][0] + 1 - second))
        if lit <= 0:
            return
        waiting = ACTS[3][0] <= second < ACTS[4][0] + 1
        turn = np.pi if waiting else (second - ACTS[1][0]) * 0.9
        facing = abs(float(np.cos(turn)))
        mask = Image.new("L", (SIZE[0] // 4, SIZE[1] // 4))
        draw = ImageDraw.Draw(mask)
        for reach in (-1300, 1300):
            dip = 130 if waiting and reach < 0 else 10
            spread = 70 + 150 * (1 - facing)
            points = [
                LAMP_AT,
                (LAMP_AT[0] + reach, LAMP_AT[1] + dip - spread),
                (LAMP_AT[0] + reach, LAMP_AT[1] + dip + spread),
            ]
            draw.polygon([(x / 4, y / 4) for x, y in points], fill=round(130 * lit * facing))
        glow = 66 + 90 * (1 - facing) ** 3
        draw.ellipse(
            [value / 4 for value in (LAMP_AT[0] - glow, LAMP_AT[1] - glow, LAMP_AT[0] + glow, LAMP_AT[1] + glow)],
            fill=round(120 * lit),
        )
        mask = mask.filter(ImageFilter.GaussianBlur(4)).resize(SIZE, Image.Resampling.BILINEAR)
        scene.paste("#ffdf8c", (0, 0), mask)

    def _lamp(self, scene: Image.Image, second: float) -> None:
        draw = ImageDraw.Draw(scene)
        x, y = LAMP_AT
        if ACTS[1][0] < second < ACTS[4][0] + 1:
            draw.ellipse((x - 15, y - 15, x + 15, y + 15), fill="#fff6da")
        if second > 4:
            angle = second * 2.3
            mx, my = x + 62 * np.cos(angle) + 16 * np.sin(angle * 3.1), y - 6 + 40 * np.sin(angle * 1.4)
            flap = 4 + 9 * (int(second * FPS) % 2)
            draw.polygon([(mx, my), (mx - flap, my - 9), (mx - flap * 0.8, my + 6)], fill="#f4ecdc")
            draw.polygon([(mx, my), (mx + flap, my - 9), (mx + flap * 0.8, my + 6)], fill="#f4ecdc")

    def _sail(self, scene: Image.Image, second: float) -> None:
        gone = second - ACTS[2][0] + 2
        x, y = round(-160 + gone * 24), round(446 + 6 * np.sin(second * 1.9))
        boat = self.boat.rotate(4 * np.sin(second * 1.6), Image.Resampling.BICUBIC)
        scene.paste(boat, (x, y), boat)
        blinking = ACTS[3][0] + 1 < second < ACTS[4][0] and int(second * 2.5) % 3 != 2
        if blinking:
            halo = Image.new("L", (120, 120))
            ImageDraw.Draw(halo).ellipse((36, 36, 84, 84), fill=190)
            scene.paste("#ffdf8c", (x + 46, y - 34), halo.filter(ImageFilter.GaussianBlur(12)))
            ImageDraw.Draw(scene).ellipse((x + 100, y + 20, x + 112, y + 32), fill="#fff6da")


def frames(seconds: float) -> Iterator[NDArray[np.uint8]]:
    """The film, picture by picture, ``(720, 1280, 3)``."""
    stage = Stage()
    for number in range(int(seconds * FPS)):
        second = number / FPS
        frame = np.asarray(stage.picture_at(second))
        dark = min(1.0, second / 1.2, max(0.0, (seconds - second) / 1.5))
        yield frame if dark >= 1 else (frame * np.float32(dark)).astype(np.uint8)


def poster(width: int, height: int) -> Plate:
    """Key art: the beam has found the boat."""
    still = Stage().picture_at(26.6).resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(still, np.float32) / np.float32(255)
