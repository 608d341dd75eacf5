"""Sound: every AAC rung as one fragmented object, and one plain file for players that know no HLS.

Sound and picture count time from the same zero, the container's start: what begins later is preceded by silence, what
begins earlier is cut. The encoder's 1,024 samples of priming stay in the object, and an edit list takes them away when
it is played, in the fragmented files as in the plain one. All rungs share one sample rate and so one row of packets:
their segments line up to the sample.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from app.media.engine.errors import EncodingFailed, UnreadableMedia
from app.media.engine.ffmpeg import clock_options, input_options, run_ffmpeg
from app.media.engine.fragments import FragmentedFile, Segment, read_fragments
from app.media.engine.ladder import AudioRung
from app.media.engine.sandbox import Limits
from app.media.engine.sentences import clock
from app.media.engine.streams import Probe

SEGMENT_S = 4
_PLAIN = "progressive.m4a"
_MAY_LACK_MS = 2000

OnRungGrown = Callable[[AudioRung, Path, int, tuple[Segment, ...]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedAudio:
    """One AAC rung: an object of CMAF fragments of about four seconds.

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
    """Every rung, lowest first, and the plain M4A that holds the best of them."""

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
    on_rung_grown: OnRungGrown | None = None,
) -> AudioLadder:
    """Encode the sound of a medium into every rung, lowest first, as ``<rung name>.mp4`` in the scratch folder.

    Args:
        source: the original, on local disk.
        probe: what it is; it has a sound.
        rungs: from `ladder.audio_rungs`.
        scratch: an empty folder of this call's own.
        on_progress: called with 0 to 100 over all rungs; what it raises ends the work.
        on_rung_grown: called as ``(rung, path, init_bytes, segments)`` while a rung grows, about twice a second, with
            all segments that are complete in the file so far, and once more when it is done. The bytes up to
            ``segments[-1].offset + segments[-1].length`` will not change any more.

    Raises:
        EncodingFailed: an output is not what was asked for.
        TookTooLong: the deadline passed.
    """
    tell = on_progress or (lambda _percent: None)
    made = []
    for number, rung in enumerate(rungs):

        def report(percent: int, *, number: int = number, rung: AudioRung = rung) -> None:
            tell((number * 100 + percent) // len(rungs))
            if on_rung_grown:
                _tell_growth(rung, scratch / f"{rung.name}.mp4", on_rung_grown)

        made.append(_encode_rung(source, probe, rung, scratch, report))
        if on_rung_grown:
            on_rung_grown(rung, made[-1].path, made[-1].init_bytes, made[-1].segments)
    plain = _make_plain(made[-1], scratch)
    tell(100)
    return AudioLadder(rungs=tuple(made), progressive=plain, progressive_rung=rungs[-1])


def _encode_rung(
    source: Path, probe: Probe, rung: AudioRung, scratch: Path, report: Callable[[int], None]
) -> EncodedAudio:
    if probe.audio is None:
        raise ValueError("a medium without sound has no audio rungs")
    path = scratch / f"{rung.name}.mp4"
    run_ffmpeg(
        [
            *clock_options(probe),
            *input_options(source, probe.demuxers, "-vn", "-sn", "-dn"),
            *("-map", f"0:{probe.audio.index}", "-map_metadata", "-1", "-map_chapters", "-1"),
            *("-af", f"aresample={rung.sample_rate_hz}:async=1:first_pts=0", "-ac", str(rung.channels)),
            *("-c:a", "aac", "-b:a", str(rung.bitrate_bps), "-frag_duration", str(SEGMENT_S * 1_000_000)),
            *("-movflags", "+cmaf+delay_moov+skip_trailer", "-fflags", "+bitexact", "-flush_packets", "1"),
            *("-f", "mp4", path),
        ],
        scratch=scratch,
        limits=_limits(probe, rung),
        reads=[source],
        on_progress=report,
        duration_ms=probe.duration_ms,
    )
    return _checked(rung, path, probe)


def _limits(probe: Probe, rung: AudioRung) -> Limits:
    seconds = 120 + probe.duration_ms // 5000
    size = (64 << 20) + rung.bitrate_bps * probe.duration_ms // 4000
    return Limits(cpu_s=seconds, wall_s=3 * seconds, memory_bytes=3 << 30, file_bytes=size)


def _checked(rung: AudioRung, path: Path, probe: Probe) -> EncodedAudio:
    if not path.exists() or not path.stat().st_size:
        raise UnreadableMedia("The sound of this file cannot be decoded.")
    found = read_fragments(path)
    duration_ms = round(found.duration_s * 1000)
    lacks_ms = probe.duration_ms - duration_ms - probe.duration_ms // 100
    if probe.video is None and lacks_ms > _MAY_LACK_MS:
        raise EncodingFailed(f"The sound that we made ends at {clock(duration_ms)} of {clock(probe.duration_ms)}.")
    if not found.segments or found.timescale != rung.sample_rate_hz or found.starts_at:
        raise EncodingFailed("The sound that we made from this file is not laid out as it should be.")
    return _described(rung, path, found)


def _described(rung: AudioRung, path: Path, found: FragmentedFile) -> EncodedAudio:
    return EncodedAudio(
        rung=rung,
        path=path,
        size_bytes=path.stat().st_size,
        init_bytes=found.init_bytes,
        init_sha256=found.init_sha256,
        segments=found.segments,
        duration_ms=round(found.duration_s * 1000),
        codecs=found.codecs,
        peak_bps=found.peak_bps,
        average_bps=found.average_bps,
    )


def _tell_growth(rung: AudioRung, path: Path, on_rung_grown: OnRungGrown) -> None:
    try:
        found = read_fragments(path, growing=True)
    except EncodingFailed:  # nothing whole in it yet
        return
    if found.segments:
        on_rung_grown(rung, path, found.init_bytes, found.segments)


def _make_plain(best: EncodedAudio, scratch: Path) -> Path:
    """The best rung as a plain M4A with its index in front; the same packets, nothing encoded again."""
    path = scratch / _PLAIN
    run_ffmpeg(
        [
            *input_options(best.path, ["mov"]),
            *("-map", "0:a:0", "-c", "copy", "-movflags", "+faststart", "-fflags", "+bitexact", "-f", "ipod", path),
        ],
        scratch=scratch,
        limits=Limits(cpu_s=300, wall_s=900, memory_bytes=3 << 30, file_bytes=(16 << 20) + 2 * best.size_bytes),
    )
    if not path.exists() or path.stat().st_size < best.size_bytes * Fraction(4, 5):
        raise EncodingFailed("The plain file of this sound came out incomplete.")
    return path
