"""A master playlist of everything is played by ffmpeg, to the last frame of every rung."""

import re
import shutil
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from app.media.engine import hls, ladder
from app.media.engine.audio import encode_audio
from app.media.engine.hls import AudioRendition, PlaylistObject, VideoVariant, media_playlist
from tests.factories import media_files
from tests.functional.media.engine import decoded

PLAYERS = [path for path in ("/usr/bin/ffmpeg", imageio_ffmpeg.get_ffmpeg_exe()) if shutil.which(path)]


def played(player: str, playlist: Path) -> tuple[list[tuple[str, int, float]], str]:
    """How many frames of each picture and packets of each sound a player gets, and the length of both in seconds."""
    command = [
        player,
        "-v",
        "warning",
        "-copyts",
        "-i",
        str(playlist),
        "-map",
        "0:v?",
        "-map",
        "0:a?",
        "-f",
        "framecrc",
        "-",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    rows = [[cell.strip() for cell in line.split(",")] for line in done.stdout.splitlines() if not line.startswith("#")]
    media = dict(re.findall(r"#media_type (\d+): (\w+)", done.stdout))
    bases = {key: (int(n), int(d)) for key, n, d in re.findall(r"#tb (\d+): (\d+)/(\d+)", done.stdout)}
    totals = {key: sum(row[0] == key for row in rows) for key in media}
    ends = {
        key: max(int(r[2]) + int(r[3]) for r in rows if r[0] == key) * bases[key][0] / bases[key][1] for key in media
    }
    return [(media[key], totals[key], ends[key]) for key in media], done.stderr


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hls with spaces")
    source = media_files.film()
    found = decoded.probed(source)
    rungs = ladder.video_rungs(found.video)
    sounds = encode_audio(source, found, ladder.audio_rungs(found.audio), folder)
    chunks = decoded.encoded(source, [3], folder / "chunks")
    variants = []
    for number, rung in enumerate(rungs):
        pieces = [chunk[number] for chunk in chunks]
        objects = [
            PlaylistObject(
                uri=f"chunks/{index}/{rung.name}.mp4",
                init_bytes=one.init_bytes,
                init_sha256=one.init_sha256,
                segments=one.segments,
            )
            for index, one in enumerate(pieces)
        ]
        (folder / f"{rung.name}.m3u8").write_text(media_playlist(objects, ended=True))
        (folder / "growing.m3u8").write_text(media_playlist(objects[:1], ended=False))
        group = ladder.audio_for(rung, tuple(one.rung for one in sounds.rungs)).name
        variants.append(
            VideoVariant(
                uri=f"{rung.name}.m3u8",
                peak_bps=max(one.peak_bps for one in pieces),
                average_bps=max(one.average_bps for one in pieces),
                codecs=rung.codecs,
                width=rung.width,
                height=rung.height,
                frame_rate=rung.frame_rate,
                audio_group=group,
            )
        )
    renditions = []
    for one in sounds.rungs:
        playlist = folder / f"{one.rung.name}.m3u8"
        sound = PlaylistObject(
            uri=one.path.name, init_bytes=one.init_bytes, init_sha256=one.init_sha256, segments=one.segments
        )
        playlist.write_text(media_playlist([sound], ended=True))
        renditions.append(
            AudioRendition(
                uri=playlist.name,
                group=one.rung.name,
                peak_bps=one.peak_bps,
                average_bps=one.average_bps,
                codecs=one.codecs,
                channels=one.rung.channels,
            )
        )
    (folder / "master.m3u8").write_text(hls.master_playlist(variants, renditions))
    (folder / "sound.m3u8").write_text(hls.master_playlist([], renditions))
    return folder


@pytest.mark.parametrize("player", PLAYERS)
def test_a_player_gets_every_frame_and_every_sample(player: str, master: Path) -> None:
    streams, complaints = played(player, master / "master.m3u8")
    assert [(kind, count, end) for kind, count, end in streams if kind == "video"] == [("video", 325, 13.0)]
    sounds = [end for kind, _, end in streams if kind == "audio"]
    assert sounds
    assert all(abs(end - 13) < 0.05 for end in sounds)
    assert "discontinu" not in complaints.lower()
    assert "Invalid" not in complaints


@pytest.mark.parametrize("player", PLAYERS)
def test_sound_alone_is_played_too(player: str, master: Path) -> None:
    streams, _ = played(player, master / "sound.m3u8")
    assert streams
    assert {kind for kind, _, _ in streams} == {"audio"}


def test_what_is_there_of_a_growing_film_is_addressed_by_whole_segments(master: Path) -> None:
    text = (master / "growing.m3u8").read_text()
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in text
    assert "#EXT-X-ENDLIST" not in text
    assert text.count("#EXTINF:2.000000,") == 3
    assert text.count("#EXT-X-MAP") == 1
