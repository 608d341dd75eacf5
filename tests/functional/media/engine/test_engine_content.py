"""A ladder chosen by content: what a quick look at a film says, and what the film then costs."""

from dataclasses import replace
from pathlib import Path

from app.media.engine import ladder
from app.media.engine.content import measure_content
from app.media.engine.video import encode_chunk
from tests.factories import media_files
from tests.factories.odd_files import AAC, lavfi, made
from tests.functional.media.engine import borders
from tests.functional.media.engine.decoded import probed, spans_of


def still_picture() -> Path:
    """A detailed picture behind a song, as an editor stores it, with every frame a key frame."""
    picture = "mandelbrot=s=1280x720:r=25,trim=end_frame=1,loop=-1:1:0,trim=end_frame=100,setpts=N/25/TB"
    intra = ("-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p")
    return made("still.mov", *lavfi(picture, "sine=d=4"), *intra, *AAC)


def test_a_still_picture_with_music_gets_a_tenth_of_the_bits(tmp_path: Path) -> None:
    source = still_picture()
    found = probed(source)
    content = measure_content(source, found, tmp_path)
    assert content is not None
    rungs = ladder.video_rungs(found.video, content=content)
    assert [rung.name for rung in rungs] == ["240p", "720p"]
    assert rungs[-1].maxrate_bps <= 1_500_000
    made_chunk = encode_chunk(source, spans_of(source, [])[0], rungs[-1:], tmp_path, found, threads=2)[0]
    assert made_chunk.average_bps < 500_000


def test_what_moves_wants_more_than_what_stands(tmp_path: Path) -> None:
    moving = borders.at_the_cap("cells", "640x360", 4)
    content, still = (measure_content(one, probed(one), tmp_path) for one in (moving, still_picture()))
    assert content
    assert still
    assert content.most_bps > 5 * still.most_bps
    assert ladder.video_rungs(probed(moving).video, content=content) == ladder.video_rungs(probed(moving).video)
    assert content.source_bps > 1_000_000


def test_where_nothing_can_be_told_the_ladder_is_the_usual_one(tmp_path: Path) -> None:
    source = media_files.silent_film()
    found = probed(source)
    assert measure_content(media_files.sound("flac"), probed(media_files.sound("flac")), tmp_path) is None
    assert measure_content(source, replace(found, demuxers=("matroska",)), tmp_path) is None
    assert measure_content(media_files.hdr_film(), probed(media_files.hdr_film()), tmp_path) is not None
    assert measure_content(media_files.interlaced(), probed(media_files.interlaced()), tmp_path) is not None
