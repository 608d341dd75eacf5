"""Making the files: each item is rendered on its own, so that several processes can share the work."""

import contextlib
import multiprocessing
import subprocess
import wave
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.demo import (
    film_ink,
    film_lighthouse,
    film_room,
    film_sunrise,
    records_chip,
    records_kessel,
    records_nawal,
    records_night,
    scores,
    sleeves_kessel,
    sleeves_lantern,
    sleeves_nawal,
    sleeves_night,
)
from app.demo.artists import ARTISTS
from app.demo.containers import audio_arguments, tag, video_arguments, write_metadata
from app.demo.drawing import Plate, picture
from app.demo.instruments import forget_notes
from app.demo.mastering import master, to_pcm
from app.demo.shapes import DemoArtist, DemoItem, RenderedArtist, RenderedItem
from app.demo.sound import RATE, Samples

SLEEVE_PX = 1400
POSTER_PX = (1920, 1080)
AVATAR_PX = 512
COVER_PX = (1920, 480)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How an item is made: its sound, how loud, and its sleeve or its film."""

    sound: Callable[[float], Samples]
    lufs: float
    sleeve: Callable[[int], Plate] | None = None
    film: ModuleType | None = None


RECIPES: dict[str, Recipe] = {
    "gueterzugverspaetungsnachtschicht": Recipe(
        sound=records_kessel.freight_yard, lufs=-11, sleeve=sleeves_kessel.freight
    ),
    "ueber-die-allmaehliche-verfertigung-der-autobahn": Recipe(
        sound=records_kessel.motorway, lufs=-11.5, sleeve=sleeves_kessel.motorway
    ),
    "insert-coin": Recipe(sound=records_chip.hand_held, lufs=-13, sleeve=sleeves_kessel.hand_held),
    "slow-water": Recipe(sound=records_nawal.slow_water, lufs=-16, sleeve=sleeves_nawal.slow_water),
    "kitchen-radio-two-in-the-morning": Recipe(
        sound=records_nawal.kitchen_radio, lufs=-14, sleeve=sleeves_nawal.kitchen_radio
    ),
    "letter-to-a-lift-operator": Recipe(
        sound=records_nawal.lift_operator, lufs=-16, sleeve=sleeves_nawal.lift_operator
    ),
    "sketch-for-k-window-open": Recipe(sound=records_nawal.open_window, lufs=-20),
    "numbers-for-the-night-bus": Recipe(sound=records_night.numbers, lufs=-17, sleeve=sleeves_night.numbers),
    "six-kinds-of-rain": Recipe(sound=records_night.rain, lufs=-20, sleeve=sleeves_night.rain),
    "gale-warning-position-unknown": Recipe(sound=records_night.gale, lufs=-18, sleeve=sleeves_night.gale),
    "test-transmission": Recipe(
        sound=records_night.test_transmission, lufs=-18, sleeve=sleeves_night.test_transmission
    ),
    "the-keepers-interval": Recipe(sound=scores.lighthouse, lufs=-16, film=film_lighthouse),
    "seven-ridges-one-take": Recipe(sound=scores.sunrise, lufs=-16, film=film_sunrise),
    "a-small-word": Recipe(sound=scores.room, lufs=-14, film=film_room),
    "ink-remembers-water": Recipe(sound=scores.ink, lufs=-17, film=film_ink),
}
"""How each item of the catalogue is made, by its slug."""

_PORTRAITS: dict[str, Callable[[int, int], Plate]] = {
    "kessel_nord": sleeves_kessel.portrait,
    "nawal_sarab": sleeves_nawal.portrait,
    "night_desk": sleeves_night.portrait,
    "lantern_and_moth": sleeves_lantern.portrait,
}


class RenderingFailed(Exception):
    """ffmpeg would not make a file of the demo; the message ends with what it said."""


def render(item: DemoItem, folder: Path) -> RenderedItem:
    """Make the files of one item in ``folder`` (which is made if it is missing), named by its slug.

    Raises:
        RenderingFailed: ffmpeg refused.
    """
    folder.mkdir(parents=True, exist_ok=True)
    recipe = RECIPES[item.slug]
    media_path = folder / f"{item.slug}.{item.container}"
    sound_path = folder / f"{item.slug}.sound.wav"
    notes_path = folder / f"{item.slug}.ffmetadata"
    seconds = item.duration_ms / 1000
    artwork_path = _render_artwork(item, recipe, folder)
    _write_wave(sound_path, master(recipe.sound(seconds), target_lufs=recipe.lufs))
    forget_notes()
    write_metadata(item, notes_path)
    try:
        if recipe.film is not None:
            _encode_film(item, recipe.film, sound_path, notes_path, media_path)
        else:
            _run_ffmpeg([*audio_arguments(item, sound_path, notes_path), str(media_path)])
            tag(item, media_path, artwork_path)
    finally:
        for path in (sound_path, notes_path, *folder.glob(f"{item.slug}.caption.*")):
            path.unlink(missing_ok=True)
    return RenderedItem(item=item, media_path=media_path, artwork_path=artwork_path)


def render_artist(artist: DemoArtist, folder: Path) -> RenderedArtist:
    """Make the avatar and the cover of one artist in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = _PORTRAITS[artist.username]
    avatar_path, cover_path = folder / f"{artist.username}.avatar.png", folder / f"{artist.username}.cover.jpg"
    picture(draw(AVATAR_PX, AVATAR_PX)).save(avatar_path, compress_level=1)
    _save_jpeg(draw(*COVER_PX), cover_path)
    return RenderedArtist(artist=artist, avatar_path=avatar_path, cover_path=cover_path)


def render_all(
    folder: Path, items: tuple[DemoItem, ...], *, processes: int = 2
) -> Iterator[RenderedItem | RenderedArtist]:
    """Make everything and yield each as soon as it and those before it are done: artists, then films, then sound.

    Each process is a fresh interpreter, so that no connection of the caller's is shared with it.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=processes, mp_context=context) as pool:
        ordered = sorted(items, key=lambda item: (item.kind != "video", -item.duration_ms))
        yield from pool.map(partial(render_artist, folder=folder), ARTISTS)
        yield from pool.map(partial(render, folder=folder), ordered)


def _render_artwork(item: DemoItem, recipe: Recipe, folder: Path) -> Path | None:
    path = folder / f"{item.slug}.jpg"
    if recipe.film is not None:
        _save_jpeg(recipe.film.poster(*POSTER_PX), path)
    elif recipe.sleeve is not None:
        _save_jpeg(recipe.sleeve(SLEEVE_PX), path)
    else:
        return None
    return path


def _save_jpeg(plate: Plate, path: Path) -> None:
    picture(plate).save(path, quality=90, subsampling=0)


def _write_wave(path: Path, signal: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(to_pcm(signal))


def _encode_film(item: DemoItem, film: ModuleType, sound_path: Path, notes_path: Path, media_path: Path) -> None:
    """Pipe a film's frames into ffmpeg as they are drawn."""
    arguments = video_arguments(item, film.SIZE, film.FPS, sound_path, notes_path, blended=film.BLENDED)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *arguments, str(media_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, pipesize=1 << 20) as process:
        with contextlib.suppress(BrokenPipeError):  # ffmpeg has given up; what it said comes below
            _pour(film.frames(item.duration_ms / 1000), process)
        said = process.stderr.read() if process.stderr else b""
    if process.returncode:
        raise RenderingFailed(f"{item.slug}: {said.decode(errors='replace').strip()[-400:]}")


def _pour(frames: Iterator[NDArray[np.uint8]], process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is None:
        raise RenderingFailed("ffmpeg was started without an input")
    for frame in frames:
        process.stdin.write(np.ascontiguousarray(frame).data)
    process.stdin.close()


def _run_ffmpeg(arguments: list[str]) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-y", "-v", "error", *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise RenderingFailed(f"{arguments[-1]}: {done.stderr.decode(errors='replace').strip()[-400:]}")


def contact_sheet(paths: list[Path], sheet_path: Path, *, tile_px: int = 360, columns: int = 5) -> None:
    """Put pictures side by side, to see at a glance whether a label looks like one."""
    rows = -(-len(paths) // columns)
    canvas = Image.new("RGB", (columns * tile_px, rows * tile_px), "#222")
    for index, path in enumerate(paths):
        with Image.open(path) as tile:
            tile.thumbnail((tile_px - 8, tile_px - 8))
            canvas.paste(tile, (index % columns * tile_px + 4, index // columns * tile_px + 4))
    canvas.save(sheet_path)
