"""Where the sound of a medium is cut, so that it plays after its first stretch, and a death costs one. Pure rules.

A border lies where a segment begins, which is a whole number of AAC packets. Long stretches are cheap to make (each
decodes the source from its start, see `audio`), short ones are soon there: so the first is short, the others are long.
"""

from dataclasses import dataclass
from fractions import Fraction

from app.media.engine.cutting import pieces

SEGMENT_S = 4
PACKET_SAMPLES = 1024
"""An AAC-LC packet holds so many samples of each channel (ISO/IEC 14496-3)."""
FIRST_STRETCH_S = 60
STRETCH_S = 600
WHOLE_S = 900
"""A recording without a picture up to this long is made in one piece: its plain file, which most players play, is then
there at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundStretch:
    """A stretch of sound that is encoded in one piece.

    Attributes:
        index: 0, 1, 2 … in order of time.
        first_segment: how many segments come before it.
        segments: how many it holds; what is expected, for the last one.
        is_last: it runs to the end of the source, whatever its length turns out to be.
        starts_at_ms, duration_ms: the same, rounded, for people and tables.
    """

    index: int
    first_segment: int
    segments: int
    is_last: bool
    starts_at_ms: int
    duration_ms: int


def segment_packets(rate_hz: int) -> int:
    """How many packets make one segment of about four seconds."""
    return -(-SEGMENT_S * rate_hz // PACKET_SAMPLES)


def sound_stretches(duration_ms: int, rate_hz: int, *, with_picture: bool) -> tuple[SoundStretch, ...]:
    """Cut a sound at ``rate_hz`` into stretches of whole segments; the last may be half as long again."""
    segment_s = Fraction(segment_packets(rate_hz) * PACKET_SAMPLES, rate_hz)
    total = max(1, -(-Fraction(duration_ms, 1000) // segment_s))
    in_one = not with_picture and duration_ms <= WHOLE_S * 1000
    length = total if in_one else round(FIRST_STRETCH_S / segment_s)
    later = round(STRETCH_S / segment_s)
    return tuple(
        SoundStretch(
            index=index,
            first_segment=at,
            segments=segments,
            is_last=is_last,
            starts_at_ms=round(at * segment_s * 1000),
            duration_ms=round(segments * segment_s * 1000),
        )
        for index, (at, segments, is_last) in enumerate(pieces(total, length, lambda _: later))
    )
