"""One chunk of video, every rung of it: decoded once, split, scaled, encoded, and checked before it is handed over.

How chunks join without a frame lost or shown twice: all frames are first put on one grid of equal steps that belongs to
the medium, not to the chunk (the ``fps`` filter, with the source's own time stamps kept by ``-copyts``). Tick n shows
the last source frame whose time, rounded to the grid, is not after n. A chunk is a range of ticks. Decoding starts at a
key frame well before the first tick (``-noaccurate_seek`` keeps every frame from there on), so that the frame that is
on screen at the first tick is known, and ends after the last tick by counting.

Every chunk is encoded with a clock that begins at zero, so that all get the same initialisation segment (with an
edit list that takes away the delay of the B-frames); then the decode times of its fragments are moved to its
place in the film.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from app.media.engine.errors import EncodingFailed, TruncatedMedia
from app.media.engine.ffmpeg import clock_options, input_options, run_ffmpeg
from app.media.engine.fragments import Segment, read_fragments, shift_times
from app.media.engine.ladder import Span, VideoRung, grid_rate, segment_frames
from app.media.engine.sandbox import Limits
from app.media.engine.seeking import seek_options
from app.media.engine.sentences import clock
from app.media.engine.streams import Probe, VideoStream
from app.media.engine.tonemap import to_sdr

_MOST_THREADS = 8
_SLOWEST_PIXELS_PER_CPU_S = 4_000_000
_LARGE = 1080
_FULL_AT_A_BORDER = 0.7  # with x264's 0.9, pictures after a border dip by 10 VMAF where a film is at its cap
_MISSING_AT_THE_END_S = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedChunk:
    """One rung of one chunk: an object of CMAF fragments whose time stamps run on from the chunk before.

    Attributes:
        rung: what was asked for.
        path: the file, in the scratch folder; the caller moves it to storage.
        size_bytes: its length.
        init_bytes: length of the initialisation segment at its beginning.
        init_sha256: digest of that; equal digests share one ``EXT-X-MAP``.
        segments: byte ranges in order, all but a medium's last about two seconds long.
        frames: how many frames it holds.
        codecs: the RFC 6381 name read from the file.
        peak_bps, average_bps: of the segments, for BANDWIDTH and AVERAGE-BANDWIDTH.
    """

    rung: VideoRung
    path: Path
    size_bytes: int
    init_bytes: int
    init_sha256: str
    segments: tuple[Segment, ...]
    frames: int
    codecs: str
    peak_bps: int
    average_bps: int


def encode_chunk(
    source: Path,
    span: Span,
    rungs: Sequence[VideoRung],
    scratch: Path,
    probe: Probe,
    *,
    threads: int = 0,
    on_progress: Callable[[int], None] | None = None,
) -> list[EncodedChunk]:
    """Encode one chunk of a video into every rung.

    Args:
        source: the original, on local disk.
        span: which chunk, from `ladder.chunk_spans`.
        rungs: from `ladder.video_rungs`.
        scratch: an empty folder of this call's own; outputs are left there, named ``<rung name>.mp4``.
        probe: what the original is; it has a video.
        threads: encoder threads a rung; 0 for as many as there are processors, up to 8.
        on_progress: called with a percentage, 0 to 100, at most twice a second; what it raises ends the work.

    Raises:
        EncodingFailed: an output is not what was asked for.
        TruncatedMedia: the source has no picture where this chunk should be.
        TookTooLong: the deadline passed.
    """
    video = probe.video
    if video is None:
        raise ValueError("a medium without a picture has no chunks")
    threads = threads or min(os.cpu_count() or 1, _MOST_THREADS)
    arguments = _arguments(source, span, rungs, scratch, probe, video, threads)
    run_ffmpeg(
        arguments,
        scratch=scratch,
        limits=_limits(span, rungs),
        reads=[source],
        on_progress=on_progress or (lambda _percent: None),
        duration_ms=span.duration_ms,
    )
    chunks = [_checked(span, rung, _output(scratch, rung), grid_rate(Fraction(video.frame_rate))) for rung in rungs]
    if on_progress:
        on_progress(100)
    return chunks


def _arguments(
    source: Path, span: Span, rungs: Sequence[VideoRung], scratch: Path, probe: Probe, video: VideoStream, threads: int
) -> list[str | Path]:
    rate = grid_rate(Fraction(video.frame_rate))
    seek = seek_options(source, probe, span.first_frame / rate, scratch)
    arguments: list[str | Path] = [*clock_options(probe), *input_options(source, probe.demuxers, *seek)]
    arguments += ["-filter_complex", filter_graph(span, rungs, video)]
    for number, rung in enumerate(rungs):
        segment = segment_frames(rate) // rung.frame_step
        timescale, ticks = _timescale(rung.frame_rate)
        arguments += ["-map", f"[out{number}]", "-c:v", "libx264", "-preset", "veryfast", "-threads", str(threads)]
        arguments += ["-profile:v", "high", "-level:v", f"{rung.level / 10:.1f}", "-crf", str(rung.crf)]
        # A first chunk's buffer is full; that of a later one would be empty where the one before spent it.
        arguments += ["-rc_init_occupancy", str(int(rung.bufsize_bits * _FULL_AT_A_BORDER))] if span.index else []
        arguments += ["-maxrate", str(rung.maxrate_bps), "-bufsize", str(rung.bufsize_bits)]
        arguments += ["-g", str(segment), "-keyint_min", str(segment), "-sc_threshold", "0", "-flags", "+cgop"]
        arguments += ["-fps_mode", "passthrough", "-enc_time_base", f"{ticks}:{timescale}"]
        arguments += ["-video_track_timescale", str(timescale), "-use_editlist", "1"]
        # Chapters of the source would come along as a text track that cuts fragments of its own.
        arguments += ["-map_metadata", "-1", "-map_chapters", "-1"]
        arguments += ["-movflags", "+cmaf+delay_moov+frag_keyframe+skip_trailer"]
        arguments += ["-fragment_index", str(span.first_frame // segment_frames(rate) + 1), "-fflags", "+bitexact"]
        arguments += ["-f", "mp4", _output(scratch, rung)]
    return arguments


def filter_graph(span: Span, rungs: Sequence[VideoRung], video: VideoStream) -> str:
    """The filters from the decoded source to one labelled output a rung (``[out0]``, ``[out1]``, …), lowest first.

    Each rung is scaled from the next larger one: bicubic halving loses nothing that shows, and costs a fraction.
    """
    rate = grid_rate(Fraction(video.frame_rate))
    phase = grid_phase(Fraction(video.starts_at), rate)
    chain = ["bwdif=mode=send_frame:deint=interlaced"] if video.interlaced else []
    chain += [f"setpts=PTS-({phase.numerator}/{phase.denominator})/TB"] if phase else []
    chain += [f"fps=fps={rate.numerator}/{rate.denominator}:start_time={float(span.first_frame / rate):.9f}"]
    chain += [] if span.is_last else [f"trim=end_frame={span.frames}"]
    chain += ["setpts=PTS-STARTPTS"]
    lines, label, step = [], f"[0:{video.index}]", 1
    for number in range(len(rungs) - 1, -1, -1):
        rung = rungs[number]
        chain += ["framestep=2"] if rung.frame_step > step else []
        chain += [f"scale={rung.width}:{rung.height}:flags=bicubic:out_range=tv", "setsar=1"]
        if rung is rungs[-1]:
            chain += [to_sdr(video.hdr) if video.hdr else "format=yuv420p"]
        outputs = f"[out{number}]"
        if number:
            chain += ["split"]
            outputs += f"[next{number}]"
        lines.append(label + ",".join(chain) + outputs)
        chain, label, step = [], f"[next{number}]", rung.frame_step
    return ";".join(lines)


def grid_phase(starts_at: Fraction, rate: Fraction) -> Fraction:
    """How far the first frame lies from the nearest tick of the grid, in seconds; at most half a frame.

    The picture is moved by this much, so that a source whose every frame lies between two ticks is not torn by
    the rounding of its time stamps.
    """
    ticks = starts_at * rate
    return (ticks - round(ticks)) / rate


def _timescale(rate: Fraction) -> tuple[int, int]:
    """Ticks a second, and ticks a frame: whole numbers both, so that no time stamp is ever rounded."""
    factor = max(1, -(-10_000 // rate.numerator))
    return rate.numerator * factor, rate.denominator * factor


def _limits(span: Span, rungs: Sequence[VideoRung]) -> Limits:
    pixels = 2 * sum(rung.width * rung.height for rung in rungs) * max(span.frames, 300)
    seconds = 120 + pixels // _SLOWEST_PIXELS_PER_CPU_S
    is_large = rungs[-1].short_side > _LARGE
    most_bits = max(rung.maxrate_bps for rung in rungs) * (span.duration_ms // 1000 + 30)
    return Limits(
        cpu_s=seconds,
        wall_s=3 * seconds,
        memory_bytes=(14 if is_large else 7) << 30,
        file_bytes=(64 << 20) + most_bits // 4,
    )


def _output(scratch: Path, rung: VideoRung) -> Path:
    return scratch / f"{rung.name}.mp4"


def _checked(span: Span, rung: VideoRung, path: Path, rate: Fraction) -> EncodedChunk:
    """What was made, if it is what was asked for: frame by frame on the grid, each segment where it should be."""
    if not path.exists() or not path.stat().st_size:
        raise TruncatedMedia(f"This film has no picture at {clock(span.starts_at_ms)}.")
    shift_times(path, int(span.first_frame / rate * _timescale(rung.frame_rate)[0]))
    made = read_fragments(path)
    frames, wanted = sum(made.samples), -(-span.frames // rung.frame_step)
    whole = segment_frames(rate) // rung.frame_step
    if span.is_last and abs(frames - wanted) > rate * _MISSING_AT_THE_END_S + 2:
        ends_ms = span.starts_at_ms + round(frames / rung.frame_rate * 1000)
        raise TruncatedMedia(f"The picture of this film ends at {clock(ends_ms)}, earlier than the file says.")
    if not span.is_last and frames != wanted:
        raise EncodingFailed(f"We made {frames} frames of {wanted} at {clock(span.starts_at_ms)} of this film.")
    if Fraction(made.starts_at, made.timescale) != span.first_frame / rate:
        raise EncodingFailed(f"What we made of this film at {clock(span.starts_at_ms)} has the wrong time.")
    if any(count != whole for count in made.samples[:-1]) or made.duration_s != frames / rung.frame_rate:
        raise EncodingFailed(f"What we made of this film at {clock(span.starts_at_ms)} is cut in the wrong places.")
    if made.codecs != rung.codecs:
        raise EncodingFailed(f"What we made of this film is {made.codecs}, and not {rung.codecs}.")
    return EncodedChunk(
        rung=rung,
        path=path,
        size_bytes=path.stat().st_size,
        init_bytes=made.init_bytes,
        init_sha256=made.init_sha256,
        segments=made.segments,
        frames=frames,
        codecs=made.codecs,
        peak_bps=made.peak_bps,
        average_bps=made.average_bps,
    )
