"""Chunks: what is cut and encoded in pieces is, frame by frame, what one pass gives."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from app.media.engine import ladder
from app.media.engine.errors import EncodingFailed, TruncatedMedia
from app.media.engine.progressive import make_progressive
from app.media.engine.video import encode_chunk
from tests.factories import media_files
from tests.factories.border_files import BORDER_FILES
from tests.functional.media.engine import borders, decoded

COUNTED = [
    pytest.param(media_files.counted_ntsc, id="29.97 in milliseconds"),
    pytest.param(media_files.counted_late, id="begins half a frame late"),
    pytest.param(media_files.counted_varying, id="varying rate"),
]


@pytest.mark.parametrize("source", COUNTED)
def test_chunks_hold_the_frames_of_one_pass_in_order_and_on_time(source: Callable[[], Path], tmp_path: Path) -> None:
    whole = decoded.encoded(source(), [], tmp_path / "whole")[0][0]
    pieces = [rungs[0] for rungs in decoded.encoded(source(), [1, 2], tmp_path / "pieces")]

    one_pass = decoded.pictures(whole.path)
    chunked = decoded.pictures(decoded.joined(pieces, tmp_path / "joined.mp4"))

    assert chunked.numbers == one_pass.numbers
    assert chunked.times == one_pass.times
    assert [one.frames for one in pieces[:2]] == [60, 120] or source is media_files.counted_late
    rate = whole.rung.frame_rate
    assert chunked.times == [number / rate for number in range(len(chunked.times))]


@pytest.mark.parametrize("kind", ["H.265 with open GOPs", "key frames ten seconds apart, MPEG-TS"])
def test_borders_are_exact_however_a_film_is_stored(kind: str, tmp_path: Path) -> None:
    source = BORDER_FILES[kind](14)
    one_pass, chunked = borders.compare(source, [3, 2], tmp_path).pictures()
    assert chunked == one_pass
    assert chunked.numbers == decoded.pictures(source).numbers


def test_pictures_near_borders_are_no_worse_than_in_one_pass(tmp_path: Path) -> None:
    source = borders.at_the_cap("cells", "320x180", 8)
    compared = borders.compare(source, [1, 1], tmp_path)
    frames = borders.near(compared.borders)
    one_pass = borders.vmaf(source, compared.one_pass, tmp_path / "one.json")[frames]
    chunked = borders.vmaf(source, compared.chunked, tmp_path / "cut.json")[frames]
    assert chunked.mean() >= one_pass.mean() - 0.5
    assert chunked.min() >= one_pass.min() - 1


def test_no_frame_of_a_steady_film_is_lost_or_shown_twice(tmp_path: Path) -> None:
    pieces = [rungs[0] for rungs in decoded.encoded(media_files.counted_ntsc(), [1, 1, 1], tmp_path)]
    numbers = decoded.pictures(decoded.joined(pieces, tmp_path / "joined.mp4")).numbers
    assert numbers == list(range(len(numbers)))
    assert len(numbers) == 270


def test_a_late_picture_keeps_its_distance_to_the_sound(tmp_path: Path) -> None:
    pieces = [rungs[0] for rungs in decoded.encoded(media_files.counted_late(), [2], tmp_path)]
    numbers = decoded.pictures(decoded.joined(pieces, tmp_path / "joined.mp4")).numbers
    assert numbers[:14] == [0] * 14  # until 0.52 s the first frame stands
    assert numbers[13:] == list(range(225))


def test_all_frames_of_a_telephone_s_film_are_on_its_grid(tmp_path: Path) -> None:
    made = decoded.pictures(decoded.encoded(media_files.counted_varying(), [], tmp_path)[0][0].path)
    source = decoded.pictures(media_files.counted_varying())
    assert sorted(set(made.numbers)) == source.numbers
    assert made.numbers == sorted(made.numbers)


def test_a_low_rung_of_a_fast_film_has_every_other_frame_and_the_same_borders(tmp_path: Path) -> None:
    chunks = decoded.encoded(media_files.fast_film(), [1], tmp_path)
    by_rung = list(zip(*chunks, strict=True))
    low, high = by_rung[0], by_rung[-1]
    assert [one.rung.frame_rate for one in (low[0], high[0])] == [30, 60]
    assert decoded.pictures(decoded.joined(low, tmp_path / "low.mp4")).numbers == list(range(0, 300, 2))
    assert decoded.pictures(decoded.joined(high, tmp_path / "high.mp4")).numbers == list(range(300))
    assert [[s.duration_s for s in c.segments] for c in low] == [[s.duration_s for s in c.segments] for c in high]


@pytest.mark.parametrize(
    ("source", "size"),
    [
        (media_files.telephone, (180, 320)),
        (media_files.wide_pixels, (262, 144)),
        (media_files.odd_sizes, (320, 180)),
        (media_files.hdr_film, (320, 240)),
        (media_files.interlaced, (320, 240)),
    ],
)
def test_unusual_pictures_come_out_upright_square_and_even(
    source: Callable[[], Path], size: tuple[int, int], tmp_path: Path
) -> None:
    chunk = decoded.encoded(source(), [], tmp_path)[0][-1]
    made = decoded.probed(chunk.path)
    assert (made.video.width, made.video.height, made.video.rotation) == (*size, 0)
    assert (made.video.pix_fmt, made.video.interlaced, made.video.hdr) == ("yuv420p", False, "")
    assert chunk.codecs == chunk.rung.codecs


def test_progress_is_told_and_what_it_raises_ends_the_work(tmp_path: Path) -> None:
    class LeaseLostError(Exception):
        pass

    def stop(_percent: int) -> None:
        raise LeaseLostError

    source = media_files.silent_film()
    told: list[int] = []
    found, span = decoded.probed(source), decoded.spans_of(source, [])[0]
    rungs = ladder.video_rungs(found.video)
    encode_chunk(source, span, rungs, tmp_path, found, on_progress=told.append)
    assert told[-1] == 100
    assert told == sorted(told)
    with pytest.raises(LeaseLostError):
        encode_chunk(source, span, rungs, tmp_path, found, on_progress=stop)


def test_a_chunk_where_the_film_has_no_picture_is_refused(tmp_path: Path) -> None:
    source = media_files.silent_film()
    found = decoded.probed(source)
    rungs = ladder.video_rungs(found.video)
    times = {"starts_at_ms": 4000, "duration_ms": 2000}
    beyond = ladder.Span(index=1, first_frame=100, frames=50, is_last=False, **times)
    with pytest.raises((TruncatedMedia, EncodingFailed)):
        encode_chunk(source, beyond, rungs, tmp_path, found)
    long = ladder.Span(index=0, first_frame=0, frames=500, is_last=True, starts_at_ms=0, duration_ms=20_000)
    with pytest.raises(TruncatedMedia, match=r"^The picture of this film ends at 0:02, earlier than the file says\.$"):
        encode_chunk(source, long, rungs, tmp_path, found)
    with pytest.raises(ValueError, match="without a picture"):
        encode_chunk(source, long, rungs, tmp_path, replace(found, video=None))


def test_outputs_that_are_not_what_was_asked_for_are_refused(tmp_path: Path) -> None:
    source = media_files.silent_film()
    found, span = decoded.probed(source), decoded.spans_of(source, [])[0]
    rungs = [replace(rung, codecs="avc1.640028") for rung in ladder.video_rungs(found.video)]
    with pytest.raises(EncodingFailed, match=r"avc1\.64000d, and not avc1\.640028"):
        encode_chunk(source, span, rungs, tmp_path, found)


def test_a_plain_file_holds_every_frame_and_the_sound(tmp_path: Path) -> None:
    chunks = [rungs[0] for rungs in decoded.encoded(media_files.counted_ntsc(), [2], tmp_path)]
    scratch = tmp_path / "plain"
    scratch.mkdir()
    plain = make_progressive([one.path for one in chunks], None, scratch)
    made = decoded.pictures(plain)
    assert made.numbers == list(range(270))
    assert made.times[-1] == 269 / Fraction(30000, 1001)
    assert plain.read_bytes()[:4096].find(b"moov") > 0
    damaged = Path(tmp_path / "damaged.mp4")
    damaged.write_bytes(chunks[0].path.read_bytes()[:-100])
    with pytest.raises(EncodingFailed):
        make_progressive([damaged], None, scratch)
