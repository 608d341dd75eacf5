"""Pictures, frames, storyboards, tags and captions out of real files."""

import json
import zlib
from dataclasses import replace
from pathlib import Path

import mutagen
import numpy as np
import pytest
from mutagen.flac import Picture
from PIL import Image, ImageCms

from app.media.engine import picture_child, tags_child
from app.media.engine.errors import EncodingFailed, PictureRefused, TextTrackRefused
from app.media.engine.frames import candidate_frames
from app.media.engine.pictures import make_picture
from app.media.engine.storyboard import make_storyboard, storyboard_vtt
from app.media.engine.tags import Tags, read_tags
from app.media.engine.text_tracks import extract_subtitles
from tests.factories import media_files
from tests.functional.media.engine.decoded import probed


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        return image


def test_a_picture_is_made_in_every_width_up_to_its_own_without_metadata(tmp_path: Path) -> None:
    source = tmp_path / "with metadata.jpg"
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a secret place"
    opened(media_files.picture()).save(source, exif=exif, comment=b"secret")
    made = make_picture(source, tmp_path)
    assert sorted(made.files) == sorted(f"{w}.{kind}" for w in (160, 320, 500) for kind in ("jpg", "webp"))
    assert (made.width, made.height) == (500, 700)  # turned upright
    for path in made.files.values():
        assert b"secret" not in path.read_bytes()
        assert not opened(path).getexif()
    assert made.tints[0] != made.tints[1]


def test_pictures_of_wrong_kind_size_or_substance_are_refused_with_a_sentence(tmp_path: Path) -> None:
    refused = {
        "text.png": (b"hello", "This is not a picture that we can take. We take JPEG, PNG and WebP."),
        "drawing.jpg": (b"<svg/>", "This is not a picture that we can take. We take JPEG, PNG and WebP."),
        "torn.png": (media_files.picture().read_bytes()[:900], "This picture is damaged and cannot be opened."),
        "large.png": (b"\x89PNG\r\n\x1a\n" + bytes(11 << 20), "This picture has 11.0 MB; we take up to 10 MB."),
    }
    for name, (data, sentence) in refused.items():
        with pytest.raises(PictureRefused) as caught:
            make_picture(media_files.written(name, data), tmp_path)
        assert caught.value.sentence == sentence


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    header = (
        media_files.picture().read_bytes()[:16] + (16_000).to_bytes(4) * 2 + media_files.picture().read_bytes()[24:29]
    )
    header += zlib.crc32(header[12:29]).to_bytes(4) + media_files.picture().read_bytes()[33:]
    with pytest.raises(PictureRefused, match="16000 × 16000 pixels; we take up to 60 million"):
        make_picture(media_files.written("bomb.png", header), tmp_path)


def test_the_child_flattens_what_is_transparent_and_converts_colours(tmp_path: Path) -> None:
    glass = tmp_path / "glass.png"
    Image.new("RGBA", (40, 20), (255, 0, 0, 0)).save(glass, icc_profile=b"broken")
    made = picture_child.make(glass, tmp_path, [160])
    assert made["files"] == ["40.webp", "40.jpg"]
    assert opened(tmp_path / "40.jpg").getextrema() == ((255, 255),) * 3
    print_picture = tmp_path / "print.jpg"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (400, 200), (10, 200, 10)).save(print_picture, icc_profile=profile)
    assert picture_child.make(print_picture, tmp_path, [160])["height"] == 80
    grey = tmp_path / "grey.png"
    Image.new("L", (10, 10), 9).save(grey, icc_profile=b"broken")
    assert picture_child.make(grey, tmp_path, [160])["width"] == 10
    assert "refused" in picture_child.make(media_files.picture(9000, 7000), tmp_path, [160])


def test_posters_are_taken_where_there_is_something_to_see(tmp_path: Path) -> None:
    source = media_files.click_film()  # black, then white: nothing to see anywhere, and still three pictures
    assert len(candidate_frames(source, probed(source), tmp_path)) == 3
    film = media_files.telephone()
    (best, *_) = candidate_frames(film, probed(film), tmp_path)
    assert opened(best).size == (180, 320)
    song = media_files.song()
    assert candidate_frames(song, probed(song), tmp_path) == []
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(EncodingFailed):
        candidate_frames(film, replace(probed(film), demuxers=("avi",)), empty)


def test_hdr_frames_and_tiles_are_tone_mapped(tmp_path: Path) -> None:
    film = media_files.hdr_film()
    assert candidate_frames(film, probed(film), tmp_path)
    assert make_storyboard(film, probed(film), tmp_path).count == 1


def test_a_storyboard_has_a_tile_a_second_and_says_where(tmp_path: Path) -> None:
    film = media_files.film()
    board = make_storyboard(film, probed(film), tmp_path)
    assert (board.count, board.interval_ms, board.columns, board.rows) == (13, 1000, 10, 2)
    sheet = opened(board.sheet)
    assert sheet.size == (1600, 180)
    tiles = [
        np.asarray(sheet.crop((x * 160, y * 90, x * 160 + 160, y * 90 + 90)).convert("L"))
        for x, y in ((0, 0), (2, 1), (4, 1))
    ]
    assert [tile.mean() > 30 for tile in tiles] == [True, True, False]
    lines = storyboard_vtt(board, "sheet.jpg", 13_000).splitlines()
    assert lines[-2:] == ["00:00:12.000 --> 00:00:13.000", "sheet.jpg#xywh=320,90,160,90"]
    with pytest.raises(ValueError, match="no storyboard"):
        make_storyboard(film, replace(probed(film), video=None), tmp_path)
    long = replace(probed(film).video, duration_ms=200_000)
    assert make_storyboard(film, replace(probed(film), video=long), tmp_path).interval_ms == 2000


def test_tags_and_cover_of_a_song_are_read(tmp_path: Path) -> None:
    tags = read_tags(media_files.song(), tmp_path)
    assert (tags.title, tags.artist, tags.album, tags.number) == ("Night Bus", "Ada Lin", "Depots", 3)
    assert (tags.date, tags.genre) == ("2024", "Ambient")
    assert tags.cover
    assert make_picture(tags.cover, tmp_path).width == 700


def test_tags_of_films_come_from_the_probe_and_hostile_ones_are_none(tmp_path: Path) -> None:
    film = media_files.rich_film()
    assert read_tags(film, tmp_path, probed(film)).title == "A rich film"
    hostile = media_files.written("hostile.mp3", b"ID3\x04\0\0\x7f\x7f\x7f\x7fTIT2\xff\xff\xff\xff" + bytes(2000))
    assert read_tags(hostile, tmp_path) == Tags()


def test_every_family_of_tags_is_understood(tmp_path: Path) -> None:
    cover = media_files.picture().read_bytes()
    for extension in ("flac", "m4a", "ogg", "wav"):
        target = tmp_path / f"tagged.{extension}"
        media_files.ffmpeg("-i", media_files.sound(extension), "-c", "copy", "-metadata", "title=Tagged", target)
        if extension == "flac":
            file, picture = mutagen.File(target), Picture()  # type: ignore[no-untyped-call]  # mutagen has no types
            picture.data, picture.type = cover, 3
            file.add_picture(picture)
            file["lyrics"] = "La\nla"
            file.save()
        if extension == "m4a":
            file = mutagen.File(target)
            file["covr"], file["trkn"] = [cover], [(4, 9)]
            file.save()
        jacket = tmp_path / extension
        found = tags_child.read(target, jacket)
        assert found.get("title") == "Tagged" or extension == "wav"
        assert jacket.exists() == (extension in {"flac", "m4a"})
        json.dumps(found)
    assert read_tags(tmp_path / "tagged.flac", tmp_path).lyrics == "La\nla"
    assert read_tags(tmp_path / "tagged.m4a", tmp_path).number == 4
    assert tags_child.read(media_files.written("nothing", b"nothing at all"), tmp_path / "none") == {}


def test_captions_are_read_out_of_a_film(tmp_path: Path) -> None:
    film = media_files.rich_film()
    found = probed(film)
    cues = extract_subtitles(film, found, found.subtitles[0].index, tmp_path)
    assert [(one.start_ms, one.end_ms, one.text) for one in cues] == [
        (500, 1500, "<i>Hello</i> &amp; welcome"),
        (2000, 3000, "Bye"),
    ]
    with pytest.raises(TextTrackRefused, match="consists of pictures"):
        extract_subtitles(film, found, 0, tmp_path)
    with pytest.raises(TextTrackRefused, match="cannot be read"):
        extract_subtitles(film, replace(found, demuxers=("avi",)), found.subtitles[0].index, tmp_path)
