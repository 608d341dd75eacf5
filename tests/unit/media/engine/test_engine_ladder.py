"""The ladder's rules: sizes, rates, names, cuts."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.media.engine import ladder
from app.media.engine.frame_rate import choose_rate
from app.media.engine.ladder import Content, VideoRung
from app.media.engine.streams import AudioStream, VideoStream
from app.media.engine.video import filter_graph, grid_phase

RATES = ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60", "120", "15", "12"]


def video(width: int = 1920, height: int = 1080, rate: str = "30", **more: Any) -> VideoStream:
    known = {
        "index": 0,
        "codec": "h264",
        "rotation": 0,
        "variable_rate": False,
        "starts_at": "0",
        "duration_ms": 60_000,
    }
    known |= {"pix_fmt": "yuv420p", "hdr": "", "interlaced": False, "frame_count_hint": None}
    return VideoStream(**{**known, "width": width, "height": height, "frame_rate": rate, **more})


def audio(codec: str = "flac", channels: int = 2, rate: int = 48_000, bitrate: int | None = None) -> AudioStream:
    return AudioStream(index=1, codec=codec, sample_rate_hz=rate, channels=channels, bitrate_bps=bitrate)


def sizes(rungs: Sequence[VideoRung]) -> list[tuple[str, int, int]]:
    return [(rung.name, rung.width, rung.height) for rung in rungs]


def test_full_hd_gets_every_rung_up_to_its_own() -> None:
    assert sizes(ladder.video_rungs(video())) == [
        ("240p", 426, 240),
        ("360p", 640, 360),
        ("480p", 854, 480),
        ("720p", 1280, 720),
        ("1080p", 1920, 1080),
    ]


def test_upright_film_is_measured_by_its_short_side() -> None:
    assert sizes(ladder.video_rungs(video(1080, 1920)))[-1] == ("1080p", 1080, 1920)


def test_small_film_becomes_one_rung_of_its_own_even_size() -> None:
    assert sizes(ladder.video_rungs(video(321, 181))) == [("181p", 320, 180)]


def test_plan_caps_the_ladder() -> None:
    assert [rung.name for rung in ladder.video_rungs(video(3840, 2160), max_height=720)] == [
        "240p",
        "360p",
        "480p",
        "720p",
    ]
    assert ladder.video_rungs(video(3840, 2160))[-1].codecs == "avc1.640033"


def content(average_bps: int = 500_000, most_bps: int = 800_000, source_bps: int = 20_000_000) -> Content:
    return Content(pixels=640 * 360, average_bps=average_bps, most_bps=most_bps, source_bps=source_bps)


def caps(film: VideoStream, found: Content | None) -> dict[str, int]:
    return {rung.name: rung.maxrate_bps for rung in ladder.video_rungs(film, content=found)}


def test_what_moves_has_the_usual_ladder() -> None:
    assert caps(video(), content()) == caps(video(), None)


def test_a_still_picture_has_two_sizes_and_a_fraction_of_the_bits() -> None:
    assert caps(video(), content(25_000, 30_000)) == {"240p": 100_000, "1080p": 1_375_000}
    assert caps(video(1280, 720), content(100_000, 110_000)) == {"240p": 239_224, "720p": 1_244_508}


def test_no_size_is_left_out_that_saves_bits() -> None:
    assert list(caps(video(), content(200_000, 200_000))) == ["240p", "480p", "720p", "1080p"]


def test_a_poor_source_caps_its_ladder_and_an_editor_s_does_not() -> None:
    assert caps(video(), content(source_bps=400_000))["1080p"] == 400_000 * 13 // 10 * 4
    assert caps(video(codec="prores"), content(source_bps=400_000)) == caps(video(), None)
    assert caps(video(codec="hevc"), content(source_bps=400_000))["1080p"] == 400_000 * 2 * 4


@given(st.integers(1, 10**8), st.integers(1, 10**8), st.integers(0, 10**9))
def test_content_never_raises_a_cap_and_leaves_a_quarter(average: int, most: int, source: int) -> None:
    usual = caps(video(), None)
    found = caps(video(), content(average, max(average, most), source))
    assert {"240p", "1080p"} <= set(found) <= set(usual)
    assert all(usual[name] / 4 <= bps <= usual[name] for name, bps in found.items())


@pytest.mark.parametrize(
    ("width", "height", "rate", "codecs"),
    [
        (1920, 1080, 30, "avc1.640028"),
        (1920, 1080, 60, "avc1.64002a"),
        (1280, 720, 30, "avc1.64001f"),
        (16_000, 9000, 60, "avc1.640034"),
    ],
)
def test_codec_names_say_the_level(width: int, height: int, rate: int, codecs: str) -> None:
    assert f"avc1.6400{ladder.h264_level(width, height, Fraction(rate), 1000):02x}" == codecs


def test_rate_is_capped_at_sixty_and_low_rungs_at_thirty() -> None:
    rungs = ladder.video_rungs(video(rate="120"))
    assert {rung.name: rung.frame_rate for rung in rungs} == {
        "240p": 30,
        "360p": 30,
        "480p": 60,
        "720p": 60,
        "1080p": 60,
    }
    assert [rung.frame_step for rung in rungs] == [2, 2, 1, 1, 1]


@given(st.integers(100, 5 * 3600 * 1000), st.sampled_from([Fraction(one) for one in RATES]))
def test_chunks_cover_a_film_once_on_segment_borders(duration_ms: int, rate: Fraction) -> None:
    rate = ladder.grid_rate(rate)
    spans, segment = ladder.chunk_spans(duration_ms, rate), ladder.segment_frames(rate)
    at = 0
    for span in spans:
        assert span.first_frame == at
        assert span.first_frame % segment == 0
        assert span.frames > 0
        at += span.frames
    assert at == max(1, round(Fraction(duration_ms, 1000) * rate))
    assert [span.is_last for span in spans] == [False] * (len(spans) - 1) + [True]
    assert spans[0].duration_ms < 9600
    assert all(span.duration_ms <= 92_000 for span in spans)
    growing = [6, 12, 24] if duration_ms > ladder.LONG_MS else []
    assert [span.frames for span in spans[1:-1]] == [
        segment * length for length in [*growing, *[30] * (len(spans) - 2 - len(growing))]
    ]
    assert segment % 2 == 0


def test_audio_rungs_follow_what_a_source_is_worth() -> None:
    def names(*args: Any, **kwargs: Any) -> list[str]:
        return [rung.name for rung in ladder.audio_rungs(audio(*args, **kwargs))]

    assert names() == ["96k", "160k", "256k"]
    assert names("pcm_s16le", bitrate=1_411_000) == ["96k", "160k", "256k"]
    assert names("mp3", bitrate=128_000) == ["96k"]
    assert names("mp3", bitrate=192_000) == ["96k", "160k"]
    assert names("aac", bitrate=48_000) == ["96k"]
    assert names(channels=1) == ["96k"]
    assert ladder.audio_rungs(audio(rate=44_100))[0].sample_rate_hz == 44_100
    assert ladder.audio_rungs(audio(rate=96_000, channels=6))[0].channels == 2


def test_picture_sizes_go_with_sounds() -> None:
    sounds = ladder.audio_rungs(audio())
    pairs = {rung.name: ladder.audio_for(rung, sounds).name for rung in ladder.video_rungs(video())}
    assert pairs == {"240p": "96k", "360p": "96k", "480p": "160k", "720p": "160k", "1080p": "256k"}
    assert ladder.audio_for(ladder.video_rungs(video())[0], sounds[1:]).name == "160k"


def test_steady_rates_are_kept_and_varying_ones_lose_no_frames() -> None:
    def at(rate: Fraction, count: int = 100) -> list[Fraction]:
        return [Fraction(n) / rate for n in range(count)]

    ntsc = Fraction(30_000, 1001)
    assert choose_rate([Fraction(round(t * 1000), 1000) for t in at(ntsc)], ntsc, ntsc) == (ntsc, False)
    assert choose_rate(at(Fraction(25)), Fraction(25), Fraction(25)) == (Fraction(25), False)
    assert choose_rate(at(Fraction(18)), Fraction(18), Fraction(18)) == (Fraction(18), False)
    gaps = [one for number, one in enumerate(at(Fraction(30), 300)) if number % 3 != 1]
    assert choose_rate(gaps, Fraction(20), Fraction(600)) == (Fraction(30), True)
    wild = [Fraction(n * n, 7000) for n in range(100)]
    assert choose_rate(wild, Fraction(70), Fraction(7000))[1]
    assert choose_rate([], Fraction(0), Fraction(0)) == (Fraction(25), False)
    assert choose_rate([Fraction(0)], Fraction(2997, 100), Fraction(0)) == (Fraction(30_000, 1001), False)


@given(st.fractions(0, 10), st.sampled_from([Fraction(one) for one in RATES]))
def test_picture_is_moved_by_half_a_frame_at_most(starts_at: Fraction, rate: Fraction) -> None:
    phase = grid_phase(starts_at, rate)
    assert abs(phase) <= 1 / rate / 2
    assert ((starts_at - phase) * rate).denominator == 1


def test_filters_put_everything_in_its_place() -> None:
    film = video(rate="60", hdr="hlg", interlaced=True, starts_at="1/100")
    spans = ladder.chunk_spans(60_000, Fraction(60))
    graph = filter_graph(spans[1], ladder.video_rungs(film), film)
    assert graph.startswith(
        "[0:0]bwdif=mode=send_frame:deint=interlaced,setpts=PTS-(-1/150)/TB,fps=fps=60/1:start_time=6.0"
    )
    assert graph.count("framestep=2") == 1
    assert "arib-std-b67" in graph
    assert graph.endswith("[out0]")
