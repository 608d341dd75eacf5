"""Playlists, captions, chapters, tints, loudness: everything that is text or arithmetic."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.media.engine import hls
from app.media.engine.cue_text import safe_cue_text
from app.media.engine.errors import TextTrackRefused
from app.media.engine.fragments import Segment
from app.media.engine.hls import AudioRendition, PlaylistObject, SubtitleRendition, VideoVariant
from app.media.engine.loudness import Loudness, gain_db
from app.media.engine.sentences import clock, length
from app.media.engine.storyboard import pick_interval_ms
from app.media.engine.text_tracks import chapters_from_description, parse_captions, write_webvtt
from app.media.engine.tints import choose_tints, to_oklch
from app.media.engine.waveform import Peaks, parse_loudness


def piece(uri: str, digest: str = "a", count: int = 2) -> PlaylistObject:
    segments = tuple(Segment(Fraction(2002, 1000), 800 + 100 * n, 100) for n in range(count))
    return PlaylistObject(uri=uri, init_bytes=800, init_sha256=digest, segments=segments)


def test_one_map_serves_objects_with_equal_beginnings() -> None:
    text = hls.media_playlist([piece("0.mp4"), piece("1.mp4"), piece("2.mp4", "b")], ended=True)
    assert text.count("#EXT-X-MAP") == 2
    assert '#EXT-X-MAP:URI="0.mp4",BYTERANGE="800@0"' in text
    assert "#EXTINF:2.002000,\n#EXT-X-BYTERANGE:100@900\n1.mp4\n" in text
    assert "DISCONTINUITY" not in text
    assert text.endswith("#EXT-X-ENDLIST\n")
    assert "#EXT-X-TARGETDURATION:2\n" in text


def test_growing_playlist_only_ever_grows() -> None:
    first, more = (hls.media_playlist([piece("0.mp4", count=n)], ended=False) for n in (2, 4))
    assert more.startswith(first)
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in first


def test_master_names_what_goes_with_what() -> None:
    film = VideoVariant(
        uri="v.m3u8", peak_bps=900, average_bps=700, codecs="avc1.64001f", width=1280, height=720,
        frame_rate=Fraction(30_000, 1001), audio_group="96k",
    )  # fmt: skip
    sound = AudioRendition(
        uri="a.m3u8", group="96k", peak_bps=100, average_bps=90, codecs="mp4a.40.2", language="en", name='So"und'
    )
    words = SubtitleRendition(uri="s.m3u8", name="English", language="en", is_default=True)
    text = hls.master_playlist([film], [sound], [words])
    assert (
        '#EXT-X-STREAM-INF:BANDWIDTH=1000,AVERAGE-BANDWIDTH=790,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,'
        'FRAME-RATE=29.970,AUDIO="96k",SUBTITLES="captions"\nv.m3u8\n'
    ) in text
    assert 'NAME="So und",LANGUAGE="en"' in text
    assert 'TYPE=SUBTITLES,GROUP-ID="captions",NAME="English",LANGUAGE="en",DEFAULT=YES' in text
    silent = VideoVariant(uri="v", peak_bps=9, average_bps=7, codecs="x", width=2, height=2, frame_rate=Fraction(25))
    assert 'CODECS="x",RESOLUTION=2x2,FRAME-RATE=25.000\nv' in hls.master_playlist([silent])
    assert hls.master_playlist([], [sound]).endswith('BANDWIDTH=100,AVERAGE-BANDWIDTH=90,CODECS="mp4a.40.2"\na.m3u8\n')
    assert "#EXTINF:61.500,\nwords.vtt\n" in hls.subtitle_playlist("words.vtt", 61_500)


def test_captions_of_three_kinds_are_read() -> None:
    vtt = (
        "WEBVTT - title\nKind: captions\n\nNOTE by me\n\nSTYLE\n::cue{}\n\nid\n00:01.000 --> 00:02.500 align:left\n"
        "<v.loud Ann>Hi <b>you\n\n1:00:00.000 --> 1:00:01.000\nEnd"
    )
    assert [(c.start_ms, c.end_ms, c.text) for c in parse_captions(vtt.encode())] == [
        (1000, 2500, "<v Ann>Hi <b>you</b></v>"),
        (3_600_000, 3_601_000, "End"),
    ]
    srt = "1\r\n00:00:01,5 --> 00:00:02,000\r\n<font color=red>Caf\xe9</font> {\\an8}\r\n\r\nsecond part\r\n\r\n"
    assert [c.text for c in parse_captions(srt.encode("cp1252"))] == ["Café\nsecond part"]
    assert parse_captions(srt.encode("utf-16"))[0].start_ms == 1500
    lrc = "\ufeff[ar:Ann]\n[offset:+500]\n[00:02.00][00:10.5]La <00:02.50>la\n[00:04]\n"
    assert [(c.start_ms, c.end_ms, c.text) for c in parse_captions(lrc.encode())] == [
        (1500, 3500, "La la"),
        (10_000, 15_000, "La la"),
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"WEBVTT\n\n00:05.000 --> 00:01.000\nHi", "Line 3: this cue ends before it starts."),
        (b"WEBVTT\n\nHi", "Line 3: a time like 00:01:02.000 --> 00:01:05.000 was expected here."),
        (b"1\n0:1 --> 0:2\nHi", "Line 2: this time cannot be read; it should look like 00:01:02.000 --> 00:01:05.000."),
        (
            b"text\n\n1\n00:00:01,000 --> 00:00:02,000\nHi",
            "Line 1: a time like 00:01:02.000 --> 00:01:05.000 was expected here.",
        ),
        (b"WEBVTT\n\n900:00:00.000 --> 900:00:01.000\nHi", "Line 3: this time is later than any recording."),
        (b"hello", "This is not a caption file that we know. We take WebVTT, SRT and LRC."),
        (b"\0\1", "This is not a text file."),
        (b" " * (3 << 20), "This caption file is larger than 2 MB."),
        (b"WEBVTT\n\n" + b"00:01.000 --> 00:02.000\nx\n\n" * 20_001, "This caption file has more than 20,000 cues."),
    ],
)
def test_broken_captions_are_refused_with_the_line(data: bytes, sentence: str) -> None:
    with pytest.raises(TextTrackRefused) as caught:
        parse_captions(data)
    assert caught.value.sentence == sentence


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<b onclick=x>bold</b>", "<b>bold</b>"),
        ("<i><b>crossed</i></b>", "<i><b>crossed</b></i>"),
        ("</u>closed", "closed"),
        ("a --> b & c &amp; d &bogus;", "a --&gt; b &amp; c &amp; d &amp;bogus;"),
        ("<c.red.big>warm</c>", "<c>warm</c>"),
        ("<v .loud>x", "<v>x</v>"),
        ("one\n\n\ntwo", "one\ntwo"),
    ],
)
def test_cue_text_keeps_what_captions_need_and_nothing_else(raw: str, safe: str) -> None:
    assert safe_cue_text(raw) == safe


@given(st.text())
def test_no_text_becomes_markup(raw: str) -> None:
    assert re.sub(r"</?[biuc]>|</?v(?: [^<>]*)?>", "", safe_cue_text(raw)).find("<") == -1


@given(st.text(alphabet="abc<>/bv .&;-\n"))
def test_written_captions_are_read_back_the_same(raw: str) -> None:
    cues = parse_captions(b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + safe_cue_text(raw).encode() + b"\n")
    assert parse_captions(write_webvtt(cues).encode()) == cues


def test_chapters_are_found_in_a_description() -> None:
    text = "My film!\n0:00 Intro\n- 1:05 – The bridge\n(2:00) End of it\nhttps://example.org"
    found = chapters_from_description(text, 180_000)
    assert [(c.start_ms, c.end_ms, c.title) for c in found] == [
        (0, 65_000, "Intro"), (65_000, 120_000, "The bridge"), (120_000, 180_000, "End of it"),
    ]  # fmt: skip
    assert chapters_from_description("0:00 a\n1:00 b", 180_000) == []
    assert chapters_from_description("0:01 a\n1:00 b\n2:00 c", 180_000) == []
    assert chapters_from_description("0:00 a\n2:00 b\n1:00 c", 180_000) == []
    assert chapters_from_description("0:00 a\n1:00 b\n9:00 c", 180_000) == []


def luminance(colour: str) -> float:
    values = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@given(st.lists(st.tuples(st.integers(0, 4096), st.tuples(*[st.integers(0, 255)] * 3)), max_size=8))
def test_text_can_be_read_on_every_tint(colours: list[tuple[int, tuple[int, int, int]]]) -> None:
    background, accent = choose_tints(colours)
    assert contrast(background, "#ffffff") >= 8
    assert contrast(accent, "#000000") >= 8
    assert contrast(background, accent) >= 3.9


def test_tints_keep_the_hue_and_greys_stay_grey() -> None:
    background, accent = choose_tints([(3000, (20, 30, 90)), (1000, (250, 140, 20))])
    assert int(background[5:], 16) > int(background[1:3], 16)
    assert int(accent[1:3], 16) > int(accent[5:], 16)
    _, grey = choose_tints([(100, (80, 80, 80)), (10, (200, 200, 200))])
    assert to_oklch((int(grey[1:3], 16), int(grey[3:5], 16), int(grey[5:7], 16)))[1] < 0.01


def test_gain_levels_without_clipping() -> None:
    def sound(lufs: float, peak: float) -> Loudness:
        return Loudness(integrated_lufs=lufs, range_lu=5, true_peak_dbtp=peak)

    assert gain_db(sound(-20, -10)) == 6
    assert gain_db(sound(-20, -3)) == 2
    assert gain_db(sound(-8, 0.5)) == -6
    assert gain_db(sound(-14, 0.5)) == -1.5


def test_loudness_is_read_from_the_summary_and_silence_has_none() -> None:
    report = (
        "Summary:\n\n  Integrated loudness:\n    I:         {} LUFS\n    Threshold: -24.9 LUFS\n\n"
        "  Loudness range:\n    LRA:         1.5 LU\n\n  True peak:\n    Peak:       {} dBFS\n"
    )
    assert parse_loudness(report.format("-14.9", "-3.0")) == Loudness(
        integrated_lufs=-14.9, range_lu=1.5, true_peak_dbtp=-3.0
    )
    assert parse_loudness(report.format("-70.0", "-inf")) is None
    assert parse_loudness("") is None


def test_peaks_are_the_same_however_the_stream_is_cut_and_memory_is_bounded() -> None:
    data = b"".join(n.to_bytes(2, "little", signed=True) for n in range(-500, 500))
    whole, pieces = Peaks(samples_per_pixel=7), Peaks(samples_per_pixel=7)
    whole.add(data)
    for at in range(0, len(data), 13):
        pieces.add(data[at : at + 13])
    assert whole.to_json() == pieces.to_json()
    assert whole.to_json()["data"][:2] == [-127, -125]
    understated = Peaks(samples_per_pixel=1)
    for _ in range(30):
        understated.add(data)
    made = understated.to_json()
    assert made["samples_per_pixel"] > 1
    assert made["length"] <= 7300
    assert abs(made["length"] * made["samples_per_pixel"] - 30_000) < 16 * 4
    assert Peaks(samples_per_pixel=3).to_json()["length"] == 0


def test_times_and_lengths_as_people_say_them() -> None:
    assert [clock(ms) for ms in (0, 192_900, 3_792_000)] == ["0:00", "3:12", "1:03:12"]
    assert [length(ms) for ms in (60_000, 2_400_000, 93_600_000)] == ["1 minute", "40 minutes", "26 hours"]
    assert [pick_interval_ms(ms) for ms in (1000, 100_000, 101_000, 7_200_000, 360_000_000)] == [
        1000,
        1000,
        2000,
        120_000,
        3_600_000,
    ]
