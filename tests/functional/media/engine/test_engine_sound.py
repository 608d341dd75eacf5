"""Sound: rungs, the plain file, time against the picture, peaks and loudness."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from app.media.engine import ladder
from app.media.engine.audio import encode_audio
from app.media.engine.errors import EncodingFailed, UnreadableMedia
from app.media.engine.progressive import make_progressive
from app.media.engine.waveform import measure_sound
from tests.factories import media_files
from tests.functional.media.engine import decoded


def samples(path: Path) -> tuple[NDArray[np.float32], float]:
    """The first channel as floats at 48 kHz, and the time of the first of them."""
    pieces: list[NDArray[np.float32]] = []
    start = 0.0
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=48_000)
        for frame in container.decode(audio=0):
            start = start if pieces else frame.time or 0.0
            pieces += [one.to_ndarray()[0] for one in resampler.resample(frame)]
    return np.concatenate(pieces), start


def test_every_rung_of_a_song_is_a_row_of_the_same_segments(tmp_path: Path) -> None:
    source = media_files.sound("flac")
    told: list[int] = []
    found = decoded.probed(source)
    rungs = ladder.audio_rungs(found.audio)
    made = encode_audio(source, found, rungs, tmp_path, on_progress=told.append)
    assert [one.rung.name for one in made.rungs] == ["96k", "160k", "256k"]
    assert len({tuple(s.duration_s for s in one.segments) for one in made.rungs}) == 1
    assert {one.codecs for one in made.rungs} == {"mp4a.40.2"}
    assert [one.average_bps for one in made.rungs] == sorted(one.average_bps for one in made.rungs)
    assert all(5000 <= one.duration_ms <= 5050 for one in made.rungs)
    assert told[-1] == 100
    assert told == sorted(told)
    plain = decoded.probed(made.progressive)
    assert plain.container == "m4a"
    assert abs(plain.duration_ms - 5000) <= 25
    played, start = samples(made.progressive)
    assert abs(len(played) - 5 * 48_000) <= 1024
    assert abs(start) < 0.001


def test_picture_and_sound_keep_together_to_forty_milliseconds(tmp_path: Path) -> None:
    source = media_files.click_film()
    found = decoded.probed(source)
    audio = encode_audio(source, found, ladder.audio_rungs(found.audio), tmp_path)
    chunks = [rungs[0].path for rungs in decoded.encoded(source, [1], tmp_path / "chunks")]
    scratch = tmp_path / "plain"
    scratch.mkdir()
    film = make_progressive(chunks, audio.rungs[-1].path, scratch)
    with av.open(str(film)) as container:
        flash = next(frame.time for frame in container.decode(video=0) if frame.to_ndarray(format="gray").mean() > 128)
    for path in (film, audio.rungs[0].path):
        wave, start = samples(path)
        click = start + int(np.argmax(np.abs(wave) > 0.3)) / 48_000
        assert flash == pytest.approx(2.0, abs=0.001)
        assert click == pytest.approx(flash, abs=0.040)


def test_sound_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    song = media_files.sound("flac")
    found = decoded.probed(song)
    rungs = ladder.audio_rungs(found.audio)[:1]
    with pytest.raises(EncodingFailed, match=r"^The sound that we made ends at 0:05 of 1:00\.$"):
        encode_audio(song, replace(found, duration_ms=60_000), rungs, tmp_path)
    with pytest.raises(ValueError, match="without sound"):
        encode_audio(song, replace(found, audio=None), rungs, tmp_path)
    with pytest.raises(EncodingFailed):
        encode_audio(song, replace(found, demuxers=("mov",)), rungs, tmp_path)


def test_peaks_and_loudness_come_from_one_pass(tmp_path: Path) -> None:
    source = media_files.click_film()
    told: list[int] = []
    shape = measure_sound(source, decoded.probed(source), tmp_path, on_progress=told.append)
    wave = shape.waveform
    assert (wave["version"], wave["channels"], wave["bits"]) == (2, 1, 8)
    assert len(wave["data"]) == 2 * wave["length"]
    assert 1750 <= wave["length"] <= 1850
    highs = wave["data"][1::2]
    assert max(highs[: len(highs) // 2 - 20]) <= 2
    assert max(highs[len(highs) // 2 + 20 :]) == 127
    assert shape.loudness
    assert -10 < shape.loudness.integrated_lufs < 0
    assert shape.loudness.true_peak_dbtp == pytest.approx(-1.9, abs=0.5)
    assert told[-1] == 100


def test_a_film_without_sound_has_no_shape(tmp_path: Path) -> None:
    source = media_files.silent_film()
    with pytest.raises(UnreadableMedia, match="no sound"):
        measure_sound(source, decoded.probed(source), tmp_path)
    song = media_files.sound("flac")
    with pytest.raises(UnreadableMedia, match="cannot be decoded"):
        measure_sound(song, replace(decoded.probed(song), demuxers=("mov",)), tmp_path)
