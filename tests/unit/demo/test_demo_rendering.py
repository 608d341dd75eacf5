"""Rendering for real, in small: ffmpeg writes the files, mutagen and PyAV read them back."""

# mypy: disable-error-code="no-untyped-call"
# Mutagen carries no types.

import dataclasses
from pathlib import Path
from types import ModuleType

import av
import numpy as np
import pytest
from mutagen.flac import FLAC
from mutagen.id3 import ID3
from mutagen.mp4 import MP4
from PIL import Image

from app.demo import film_ink, film_lighthouse, film_room, film_sunrise, rendering
from app.demo.artists import ARTISTS
from app.demo.captions import webvtt
from app.demo.catalogue import get_item
from app.demo.rendering import RECIPES, RenderingFailed, contact_sheet, render, render_artist
from app.demo.shapes import DemoCaptions, DemoChapter, DemoItem


def shortened(slug: str, seconds: int, **changes: object) -> DemoItem:
    """An item of the catalogue, cut short."""
    return dataclasses.replace(get_item(slug), duration_ms=seconds * 1000, **changes)  # type: ignore[arg-type]


@pytest.fixture
def small_sleeves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "SLEEVE_PX", 140)


@pytest.mark.usefixtures("small_sleeves")
def test_a_programme_is_rendered_the_same_each_time_and_leaves_no_scraps(tmp_path: Path) -> None:
    item = shortened("test-transmission", 5)
    first, second = (render(item, tmp_path / name) for name in ("a", "b"))
    assert first.media_path.read_bytes() == second.media_path.read_bytes()
    left = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert left == ["test-transmission.jpg", "test-transmission.opus"]
    with av.open(str(first.media_path)) as container:
        assert container.duration is not None
        assert container.duration / 1e6 == pytest.approx(5, abs=0.1)


@pytest.mark.usefixtures("small_sleeves")
def test_records_carry_tags_and_cover(tmp_path: Path) -> None:
    flac = FLAC(render(shortened("test-transmission", 3, container="flac"), tmp_path).media_path)
    assert flac["title"] == ["Test Transmission (Please Do Not Adjust Anything)"]
    assert flac["artist"] == ["The Night Desk"]
    assert flac.pictures[0].data[:3] == b"\xff\xd8\xff"


@pytest.mark.usefixtures("small_sleeves")
def test_the_song_carries_its_words(tmp_path: Path) -> None:
    tags = ID3(render(shortened("insert-coin", 8), tmp_path).media_path)
    assert tags["TPE1"].text == ["Kessel Nord"]
    assert "Insert coin!" in tags.getall("USLT")[0].text
    assert tags.getall("SYLT")[0].text[0] == ("Last train out, the yard is grey,", 7270)


@pytest.mark.usefixtures("small_sleeves")
def test_chapters_travel_in_the_file(tmp_path: Path) -> None:
    chapters = (DemoChapter(starts_at_ms=0, title="Tone"), DemoChapter(starts_at_ms=1500, title="Clock; still = #1"))
    item = shortened("test-transmission", 3, container="m4a", chapters=chapters, embeds_text=True)
    marks = MP4(render(item, tmp_path).media_path).chapters
    assert [mark.title for mark in marks or ()] == ["Tone", "Clock; still = #1"]


def test_the_private_sketch_has_no_artwork(tmp_path: Path) -> None:
    assert render(shortened("sketch-for-k-window-open", 3), tmp_path).artwork_path is None


def test_a_film_carries_subtitles_and_chapters(tmp_path: Path) -> None:
    captions = (
        DemoCaptions(language="en", label="English", kind="captions", text=webvtt([(0.1, 0.9, "Hello")])),
        DemoCaptions(language="de", label="Deutsch", kind="captions", text=webvtt([(0.1, 0.9, "Hallo")])),
    )
    chapters = (DemoChapter(starts_at_ms=0, title="Dusk"),)
    rendered = render(shortened("the-keepers-interval", 3, captions=captions, chapters=chapters), tmp_path)
    with av.open(str(rendered.media_path)) as container:
        video = container.streams.video[0]
        assert (video.width, video.height) == (1280, 720)
        assert video.average_rate == 24
        assert [stream.metadata["language"] for stream in container.streams.subtitles] == ["eng", "ger"]
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["Dusk"]
        assert sum(1 for _ in container.decode(video)) == 72
    assert rendered.artwork_path is not None
    with Image.open(rendered.artwork_path) as poster:
        assert poster.size == (1920, 1080)


def test_a_refusal_of_ffmpeg_is_told(tmp_path: Path) -> None:
    (tmp_path / "a-small-word.mov").mkdir()
    with pytest.raises(RenderingFailed, match="a-small-word"):
        render(shortened("a-small-word", 3), tmp_path)


@pytest.mark.parametrize("film", [film_ink, film_lighthouse, film_room, film_sunrise], ids=lambda film: film.__name__)
def test_films_draw_whole_frames(film: ModuleType) -> None:
    frames = list(film.frames(0.5))
    assert len(frames) == film.FPS // 2
    assert all(frame.shape == (film.SIZE[1], film.SIZE[0], 3) and frame.dtype == np.uint8 for frame in frames)


def test_every_sleeve_fills_its_square() -> None:
    for recipe in RECIPES.values():
        if recipe.sleeve is not None:
            plate = recipe.sleeve(140)
            assert plate.shape == (140, 140, 3)
            assert plate.std() > 0.05


def test_artists_have_faces(tmp_path: Path) -> None:
    faces = [render_artist(artist, tmp_path) for artist in ARTISTS]
    for face in faces:
        with Image.open(face.avatar_path) as avatar, Image.open(face.cover_path) as cover:
            assert (avatar.size, cover.size) == ((512, 512), (1920, 480))
    contact_sheet([face.avatar_path for face in faces], tmp_path / "sheet.png", tile_px=64)
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (320, 64)
