"""Sound: every AAC rung of a stretch from one decoding, and one plain file for players that know no HLS.

Sound and picture count time from the same zero, the container's start: what begins later is preceded by silence, what
begins earlier is cut. The encoder's 1,024 samples of priming stay in the object, and an edit list takes them away when
it is played, in the fragmented files as in the plain one. All rungs share one sample rate and so one row of packets:
their segments line up to the sample.

How stretches join without a gap or a click: samples are counted from the start of the source, through the same decoder
and resampler whatever the stretch, so that a border lies at one sample and not at a time stamp's rounding of it. The
encoder is started whole segments early and fed a few packets beyond the end, so that its windows overlap what its
neighbours' do; what it makes before and after the stretch is thrown away. It then holds the packets that one pass over
the whole would have in these places, and the same initialisation segment.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from app.media.engine.errors import EncodingFailed, UnreadableMedia
from app.media.engine.ffmpeg import clock_options, input_options, run_ffmpeg
from app.media.engine.fragments import FragmentedFile, Segment, read_fragments, shift_times
from app.media.engine.ladder import AudioRung
from app.media.engine.sandbox import Limits
from app.media.engine.sentences import clock
from app.media.engine.streams import AudioStream, Probe
from app.media.engine.stretches import PACKET_SAMPLES, SEGMENT_S, SoundStretch, segment_packets

_PLAIN = "progressive.m4a"
_MAY_LACK_MS = 2000
_LEAD_IN_SEGMENTS = 2
"""How much earlier the encoder is started: its rate control needs some seconds to find its level."""
_BEYOND_PACKETS = 8
"""What the encoder is given after the last packet that is kept: it looks one ahead, and ends with a shorter window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedAudio:
    """A stretch of one AAC rung: an object of CMAF fragments of about four seconds.

    Attributes are those of `video.EncodedChunk`, with ``duration_ms`` in place of frames.
    """

    rung: AudioRung
    path: Path
    size_bytes: int
    init_bytes: int
    init_sha256: str
    segments: tuple[Segment, ...]
    duration_ms: int
    codecs: str
    peak_bps: int
    average_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioLadder:
    """Every rung in one piece, lowest first, and the plain M4A that holds the best of them."""

    rungs: tuple[EncodedAudio, ...]
    progressive: Path
    progressive_rung: AudioRung


def encode_audio(
    source: Path,
    probe: Probe,
    rungs: Sequence[AudioRung],
    scratch: Path,
    *,
    on_progress: Callable[[int], None] | None = None,
) -> AudioLadder:
    """Encode a whole sound in one stretch, and make the plain file of its best rung. Arguments and errors as below."""
    whole = SoundStretch(
        index=0, first_segment=0, segments=0, is_last=True, starts_at_ms=0, duration_ms=probe.duration_ms
    )
    made = encode_stretch(source, probe, rungs, whole, scratch, on_progress=on_progress)
    plain = make_plain([made[-1].path], scratch)
    return AudioLadder(rungs=made, progressive=plain, progressive_rung=rungs[-1])


def encode_stretch(
    source: Path,
    probe: Probe,
    rungs: Sequence[AudioRung],
    stretch: SoundStretch,
    scratch: Path,
    *,
    on_progress: Callable[[int], None] | None = None,
) -> tuple[EncodedAudio, ...]:
    """Encode a stretch of sound into every rung, lowest first, as ``<rung name>.mp4`` in the scratch folder.

    A film's sound may end before its picture: a stretch after that has no segments, and nothing is returned for it.

    Args:
        source: the original, on local disk.
        probe: what it is; it has a sound.
        rungs: from `ladder.audio_rungs`.
        stretch: from `stretches.sound_stretches`.
        scratch: an empty folder of this call's own.
        on_progress: called with 0 to 100; what it raises ends the work.

    Raises:
        EncodingFailed: an output is not what was asked for.
        UnreadableMedia: the sound cannot be decoded.
        TookTooLong: the deadline passed.
    """
    if probe.audio is None:
        raise ValueError("a medium without sound has no audio rungs")
    arguments: list[str | Path] = [
        *clock_options(probe),
        *input_options(source, probe.demuxers, "-vn", "-sn", "-dn"),
        *("-filter_complex", _filter_graph(probe.audio, rungs, stretch)),
    ]
    for number, rung in enumerate(rungs):
        arguments += ["-map", f"[out{number}]", "-map_metadata", "-1", "-map_chapters", "-1"]
        arguments += ["-c:a", "aac", "-b:a", str(rung.bitrate_bps), "-frag_duration", str(SEGMENT_S * 1_000_000)]
        arguments += ["-movflags", "+cmaf+delay_moov+skip_trailer", "-fflags", "+bitexact"]
        arguments += ["-fragment_index", str(_begins_at(stretch) + 1), "-f", "mp4", _output(scratch, rung)]
    run_ffmpeg(
        arguments,
        scratch=scratch,
        limits=_limits(probe, rungs, stretch),
        reads=[source],
        on_progress=on_progress or (lambda _percent: None),
        duration_ms=stretch.duration_ms,
    )
    made = [_checked(rung, _output(scratch, rung), probe, stretch) for rung in rungs]
    if on_progress:
        on_progress(100)
    return tuple(one for one in made if one is not None)


def make_plain(parts: Sequence[Path], scratch: Path) -> Path:
    """One rung as a plain M4A with its index in front; the same packets, nothing encoded again.

    ``parts`` are the objects of its stretches (`EncodedAudio.path`), in order of time, all of them.

    Raises:
        EncodingFailed: the result does not hold all of it.
    """
    path, joined = scratch / _PLAIN, join_parts(parts, scratch / "joined-sound.mp4")
    size = joined.stat().st_size
    run_ffmpeg(
        [
            *input_options(joined, ["mov"]),
            *("-map", "0:a:0", "-c", "copy", "-movflags", "+faststart", "-fflags", "+bitexact", "-f", "ipod", path),
        ],
        scratch=scratch,
        limits=Limits(cpu_s=300, wall_s=900, memory_bytes=3 << 30, file_bytes=(16 << 20) + 2 * size),
    )
    joined.unlink()
    if not path.exists() or path.stat().st_size < size * Fraction(4, 5):
        raise EncodingFailed("The plain file of this sound came out incomplete.")
    return path


def join_parts(parts: Sequence[Path], target: Path) -> Path:
    """The objects of one rung as one fragmented file: the initialisation segment of the first, the fragments of all."""
    with target.open("wb") as whole:
        for number, part in enumerate(parts):
            with part.open("rb") as file:
                file.seek(read_fragments(part).init_bytes if number else 0)
                shutil.copyfileobj(file, whole, 1 << 20)
    return target


def _filter_graph(audio: AudioStream, rungs: Sequence[AudioRung], stretch: SoundStretch) -> str:
    """From the decoded sound to one labelled output a rung (``[out0]``, ``[out1]``, …), the lead-in included."""
    packets, rate_hz = segment_packets(rungs[0].sample_rate_hz), rungs[0].sample_rate_hz
    begin = _begins_at(stretch) * packets * PACKET_SAMPLES
    end = ((stretch.first_segment + stretch.segments) * packets + _BEYOND_PACKETS) * PACKET_SAMPLES
    chain = [f"[0:{audio.index}]aresample={rate_hz}:async=1:first_pts=0"]
    chain += [f"aformat=channel_layouts={'mono' if rungs[0].channels == 1 else 'stereo'}"]
    if begin or not stretch.is_last:
        chain += [f"atrim=start_sample={begin}" + ("" if stretch.is_last else f":end_sample={end}"), "asetpts=N"]
    return ",".join([*chain, f"asplit={len(rungs)}"]) + "".join(f"[out{number}]" for number in range(len(rungs)))


def _begins_at(stretch: SoundStretch) -> int:
    """The segment at which encoding begins."""
    return max(0, stretch.first_segment - _LEAD_IN_SEGMENTS)


def _output(scratch: Path, rung: AudioRung) -> Path:
    return scratch / f"{rung.name}.mp4"


def _limits(probe: Probe, rungs: Sequence[AudioRung], stretch: SoundStretch) -> Limits:
    """Decoding runs from the start of the source, encoding over the stretch."""
    ends_ms = max(probe.duration_ms, stretch.starts_at_ms + stretch.duration_ms)
    seconds = 120 + ends_ms // 10_000 + len(rungs) * stretch.duration_ms // 5000
    size = (64 << 20) + rungs[-1].bitrate_bps * stretch.duration_ms // 4000
    return Limits(cpu_s=seconds, wall_s=3 * seconds, memory_bytes=3 << 30, file_bytes=size)


def _checked(rung: AudioRung, path: Path, probe: Probe, stretch: SoundStretch) -> EncodedAudio | None:
    """The stretch without what was made around it, if it is what was asked for; None where the sound is over before."""
    if not path.exists() or not path.stat().st_size:
        if stretch.first_segment == 0:
            raise UnreadableMedia("The sound of this file cannot be decoded.")
        _require_end(probe, ends_ms=stretch.starts_at_ms)
        return None
    packets = segment_packets(rung.sample_rate_hz)
    found = read_fragments(path)
    if found.timescale != rung.sample_rate_hz or found.starts_at:
        raise EncodingFailed("The sound that we made from this file is not laid out as it should be.")
    lead_in = stretch.first_segment - _begins_at(stretch)
    kept = found.segments[lead_in:] if stretch.is_last else found.segments[lead_in : lead_in + stretch.segments]
    if any(count != packets for count in found.samples[: lead_in + len(kept)][:-1]):
        raise EncodingFailed("The sound that we made from this file is cut in the wrong places.")
    if not kept:
        _require_end(probe, ends_ms=stretch.starts_at_ms)
        return None
    if lead_in or len(kept) < len(found.segments):
        _cut(path, found, kept)
    shift_times(path, _begins_at(stretch) * packets * PACKET_SAMPLES)
    made = read_fragments(path)
    if made.starts_at != stretch.first_segment * packets * PACKET_SAMPLES:
        raise EncodingFailed("The sound that we made from this file has the wrong time.")
    if stretch.is_last or len(kept) < stretch.segments or made.samples[-1] != packets:
        _require_end(probe, ends_ms=stretch.starts_at_ms + round(made.duration_s * 1000))
    return EncodedAudio(
        rung=rung,
        path=path,
        size_bytes=path.stat().st_size,
        init_bytes=made.init_bytes,
        init_sha256=made.init_sha256,
        segments=made.segments,
        duration_ms=round(made.duration_s * 1000),
        codecs=made.codecs,
        peak_bps=made.peak_bps,
        average_bps=made.average_bps,
    )


def _cut(path: Path, found: FragmentedFile, kept: Sequence[Segment]) -> None:
    """Keep the initialisation segment and these fragments, which follow one another."""
    whole = path.with_suffix(".whole")
    path.rename(whole)
    with whole.open("rb") as file, path.open("wb") as target:
        target.write(file.read(found.init_bytes))
        file.seek(kept[0].offset)
        target.write(file.read(kept[-1].offset + kept[-1].length - kept[0].offset))
    whole.unlink()


def _require_end(probe: Probe, *, ends_ms: int) -> None:
    """The sound is over at ``ends_ms``: a film's may be, a recording's must be at its end.

    Raises:
        EncodingFailed: it should have gone on.
    """
    lacks_ms = probe.duration_ms - ends_ms - probe.duration_ms // 100
    if probe.video is None and lacks_ms > _MAY_LACK_MS:
        raise EncodingFailed(f"The sound that we made ends at {clock(ends_ms)} of {clock(probe.duration_ms)}.")
