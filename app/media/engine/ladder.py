"""The ladder: which renditions a source becomes, and where its video is cut. Pure rules, no files.

Sizes and rates follow the ladder in Apple's "HLS Authoring Specification for Apple Devices" (section 1.29), lowered
a little because a capped constant quality spends bits only where a scene needs them. Levels are table A-1 of
ITU-T H.264.
"""

from dataclasses import dataclass
from fractions import Fraction

from app.media.engine.cutting import pieces
from app.media.engine.streams import AudioStream, VideoStream

SEGMENT_S = 2
FIRST_CHUNK_S = 6
CHUNK_S = 60
LONG_MS = 600_000
FASTEST_RATE = 60
SLOW_RUNGS_BELOW = 480
SLOW_RUNGS_RATE = 30

AAC_LC = "mp4a.40.2"
AUDIO_RATES_BPS = (96_000, 160_000, 256_000)
LOSSLESS_AUDIO = ("flac", "alac", "wavpack", "ape", "tta", "truehd", "mlp")

# short side -> highest bit rate at up to 30 frames a second
_CEILINGS_BPS = {
    240: 400_000,
    360: 800_000,
    480: 1_400_000,
    720: 3_000_000,
    1080: 5_500_000,
    1440: 10_000_000,
    2160: 18_000_000,
}
_CHEAP_BPS = _CEILINGS_BPS[240]
_FAST_FACTOR = Fraction(3, 2)
CRF = 23

_PEAK_FACTOR = 4
"""How much more than its average a picture may take for two seconds."""
_LEAST_SHARE = Fraction(1, 4)
"""What is left of a ceiling at least: the two seconds that were looked at are not the film."""
_SIZE_POWER = 0.75
"""Bits grow more slowly than pixels: the power of the area that encoders are seen to follow at one quality."""
# How many bits H.264 needs for what one of these holds; what cameras and editors use says nothing
_CODEC_FACTORS = {"h264": 1.3, "hevc": 2.0, "vp9": 2.0, "av1": 2.4, "vp8": 1.2, "mpeg4": 1.0, "mpeg2video": 0.8}

# level_idc -> (macroblocks a second, macroblocks a frame, kbit/s of High profile)
_LEVELS = {
    13: (11_880, 396, 960),
    21: (19_800, 792, 5_000),
    22: (20_250, 1_620, 5_000),
    30: (40_500, 1_620, 12_500),
    31: (108_000, 3_600, 17_500),
    32: (216_000, 5_120, 25_000),
    40: (245_760, 8_192, 25_000),
    42: (522_240, 8_704, 62_500),
    50: (589_824, 22_080, 168_750),
    51: (983_040, 36_864, 300_000),
    52: (2_073_600, 36_864, 300_000),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRung:
    """One picture size of the ladder.

    Attributes:
        name: as people say it, ``720p``; the number is the short side.
        width, height: even pixels, square, upright.
        frame_rate: frames a second, the source's grid or half of it.
        frame_step: every how many-th frame of the grid this rung keeps (1 or 2).
        crf: x264's constant quality.
        maxrate_bps, bufsize_bits: the cap on it (VBV).
        level: H.264 level times ten, for example 31.
        codecs: the RFC 6381 name, for example ``avc1.64001f``.
    """

    name: str
    width: int
    height: int
    frame_rate: Fraction
    frame_step: int
    crf: int
    maxrate_bps: int
    bufsize_bits: int
    level: int
    codecs: str

    @property
    def short_side(self) -> int:
        """The smaller of width and height, in pixels."""
        return min(self.width, self.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a film's picture wants, as `content.measure_content` found it.

    Attributes:
        pixels: of the pictures that were encoded to find out.
        average_bps, most_bps: of the samples at constant quality, in that size: their mean, and the most demanding one.
        source_bps: what the source itself spends on its picture, on the average.
    """

    pixels: int
    average_bps: int
    most_bps: int
    source_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioRung:
    """One AAC-LC rate of the ladder.

    Attributes:
        name: for example ``96k``.
        bitrate_bps: what the encoder is asked for.
        sample_rate_hz, channels: the same for all rungs of one source, so that their segments line up.
        codecs: the RFC 6381 name.
    """

    name: str
    bitrate_bps: int
    sample_rate_hz: int
    channels: int
    codecs: str = AAC_LC


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of video that is encoded in one piece.

    Attributes:
        index: 0, 1, 2 … in order of time.
        first_frame: number of its first frame on the medium's frame grid.
        frames: how many frames of the grid it holds; what is expected, for the last one.
        is_last: it runs to the end of the source, whatever its length turns out to be.
        starts_at_ms, duration_ms: the same, rounded, for people and tables.
    """

    index: int
    first_frame: int
    frames: int
    is_last: bool
    starts_at_ms: int
    duration_ms: int


def grid_rate(frame_rate: Fraction) -> Fraction:
    """The frame rate of all that is made from a source of ``frame_rate``: the same, or a whole part of it up to 60."""
    divisor = 1
    while frame_rate / divisor > FASTEST_RATE + Fraction(1, 100):
        divisor += 1
    return frame_rate / divisor


def segment_frames(rate: Fraction) -> int:
    """How many frames of the grid make one segment of about two seconds; even, so that half-rate rungs line up."""
    return max(2, 2 * round(rate * SEGMENT_S / 2))


def video_rungs(
    video: VideoStream, *, max_height: int | None = None, content: Content | None = None
) -> tuple[VideoRung, ...]:
    """The sizes that a source is worth, lowest first; never larger than the source.

    ``max_height`` caps the short side (a plan's limit). A source below 240 becomes one rung of its own size. With
    ``content`` bit rates are capped by what the picture wants and by what the source spends, and a size is left out
    where the next larger one costs no more than the lowest may.
    """
    short = min(video.width, video.height)
    rate = grid_rate(Fraction(video.frame_rate))
    cap = max_height or short
    sides = [side for side in _CEILINGS_BPS if side <= short and side <= cap] or [
        min(short, max(cap, min(_CEILINGS_BPS)))
    ]
    rungs = [_video_rung(video, side, rate, content) for side in sides]
    if content is None:
        return tuple(rungs)
    dear = [_at_size(content.average_bps, content.pixels, rung.width * rung.height) > _CHEAP_BPS for rung in rungs]
    last = len(rungs) - 1
    return tuple(rung for number, rung in enumerate(rungs) if number in {0, last} or dear[number + 1])


def _at_size(bps: int, pixels: int, wanted_pixels: int) -> int:
    """What a picture that takes ``bps`` in one size takes in another, at the same quality."""
    return round(bps * float(pow(wanted_pixels / pixels, _SIZE_POWER)))


def _capped(ceiling: int, video: VideoStream, content: Content, pixels: int) -> int:
    """The ceiling of a rung of so many pixels, lowered to what its content is worth."""
    wants = _PEAK_FACTOR * _at_size(content.most_bps, content.pixels, pixels)
    factor = _CODEC_FACTORS.get(video.codec)
    if factor is not None and content.source_bps:
        has = _at_size(round(content.source_bps * factor), video.width * video.height, pixels)
        wants = min(wants, _PEAK_FACTOR * has)
    return min(ceiling, max(wants, round(ceiling * _LEAST_SHARE)))


def _video_rung(video: VideoStream, side: int, rate: Fraction, content: Content | None) -> VideoRung:
    short, long = sorted((video.width, video.height))
    small, large = _even(side), _even(Fraction(long * side, short))
    width, height = (large, small) if video.width >= video.height else (small, large)
    step = 2 if side < SLOW_RUNGS_BELOW and rate > SLOW_RUNGS_RATE + Fraction(1, 100) else 1
    own_rate = rate / step
    ceiling = _CEILINGS_BPS[max((known for known in _CEILINGS_BPS if known <= side), default=240)]
    if own_rate > SLOW_RUNGS_RATE + Fraction(1, 100):
        ceiling = int(ceiling * _FAST_FACTOR)
    if content is not None:
        ceiling = _capped(ceiling, video, content, width * height)
    level = h264_level(width, height, own_rate, ceiling)
    return VideoRung(
        name=f"{side}p",
        width=width,
        height=height,
        frame_rate=own_rate,
        frame_step=step,
        crf=CRF,
        maxrate_bps=ceiling,
        bufsize_bits=ceiling * 2,
        level=level,
        codecs=f"avc1.6400{level:02x}",
    )


def h264_level(width: int, height: int, rate: Fraction, maxrate_bps: int) -> int:
    """The lowest H.264 level (times ten) that allows this size, rate and bit rate in High profile."""
    blocks = -(-width // 16) * -(-height // 16)
    for level, (per_second, per_frame, kbps) in _LEVELS.items():
        if blocks <= per_frame and blocks * rate <= per_second and maxrate_bps <= kbps * 1000:
            return level
    return max(_LEVELS)


def audio_rungs(audio: AudioStream) -> tuple[AudioRung, ...]:
    """The AAC rates that a source is worth, lowest first; at least one.

    One channel needs half the bits, and nobody hears more than a lossy source holds: a rung more than a tenth above
    the source's own rate is left out.
    """
    channels = 1 if audio.channels == 1 else 2
    rate_hz = 44_100 if audio.sample_rate_hz in {11_025, 22_050, 44_100, 88_200, 176_400} else 48_000
    lossless = audio.codec.startswith("pcm") or audio.codec in LOSSLESS_AUDIO
    worth = max(AUDIO_RATES_BPS)
    if not lossless and audio.bitrate_bps:
        worth = audio.bitrate_bps * 11 // 10
    if channels == 1:
        worth = min(worth, AUDIO_RATES_BPS[0])
    return tuple(
        AudioRung(name=f"{bps // 1000}k", bitrate_bps=bps, sample_rate_hz=rate_hz, channels=channels)
        for bps in AUDIO_RATES_BPS
        if bps <= worth or bps == AUDIO_RATES_BPS[0]
    )


def audio_for(rung: VideoRung, available: tuple[AudioRung, ...]) -> AudioRung:
    """Which sound belongs to a picture size: the lowest below 480, the middle below 1080, the best from there."""
    wish = AUDIO_RATES_BPS[0 if rung.short_side < 480 else 1 if rung.short_side < 1080 else 2]
    return max(
        (one for one in available if one.bitrate_bps <= wish), key=lambda one: one.bitrate_bps, default=available[0]
    )


def chunk_spans(duration_ms: int, frame_rate: Fraction) -> tuple[Span, ...]:
    """Cut a video into chunks: the first of about 6 s, then about 60 s, always whole segments; the last up to 90 s.

    A long film's grow from the one to the other, each twice the one before, so that whoever watches it while it is
    made does not wait for a whole minute of it after the first seconds.

    ``duration_ms`` is the video stream's own length, ``frame_rate`` that of the grid (`grid_rate`).
    """
    segment = segment_frames(frame_rate)
    total = max(1, round(Fraction(duration_ms, 1000) * frame_rate))
    first, whole = segment * (FIRST_CHUNK_S // SEGMENT_S), segment * (CHUNK_S // SEGMENT_S)

    def following(length: int) -> int:
        return min(whole, 2 * length) if duration_ms > LONG_MS else whole

    return tuple(
        Span(
            index=index,
            first_frame=at,
            frames=frames,
            is_last=is_last,
            starts_at_ms=round(at / frame_rate * 1000),
            duration_ms=round(frames / frame_rate * 1000),
        )
        for index, (at, frames, is_last) in enumerate(pieces(total, first, following))
    )


def _even(pixels: int | Fraction) -> int:
    return max(2, 2 * round(Fraction(pixels) / 2))
