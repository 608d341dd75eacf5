"""Makes everything of a recording, and watches it as a player does: through its playlists, and as the plain file."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from app.media.engine import ladder
from app.media.engine.audio import AudioLadder, encode_audio
from app.media.engine.hls import AudioRendition, PlaylistObject, VideoVariant, master_playlist, media_playlist
from app.media.engine.progressive import make_progressive
from app.media.engine.streams import Probe
from app.media.engine.video import EncodedChunk, encode_chunk
from tests.functional.media.engine.decoded import probed, spans_of

LOUD = 0.2
BRIGHT = 140
HZ = 48_000


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What came out of a player: the times and mean lumas of its frames, some of them whole, and the samples.

    ``sound`` is (samples, channels) from ``sound_starts_s`` on, at 48 kHz; None where there is none.
    """

    times: list[float]
    lumas: list[float]
    frames: list[NDArray[np.uint8]]
    size: tuple[int, int]
    sound: NDArray[np.float32] | None
    sound_starts_s: float

    @property
    def flash_s(self) -> float:
        """When the first bright frame is shown."""
        return next(time for time, luma in zip(self.times, self.lumas, strict=True) if luma > BRIGHT)

    @property
    def beep_s(self) -> float:
        """When the first loud sample sounds."""
        assert self.sound is not None
        return self.sound_starts_s + int(np.argmax(np.abs(self.sound).max(axis=1) > LOUD)) / HZ

    @property
    def sound_s(self) -> float:
        """How long the sound is."""
        return 0.0 if self.sound is None else len(self.sound) / HZ

    def flashes_s(self) -> list[float]:
        """When each flash begins."""
        pairs = zip(self.times, self.lumas, [0.0, *self.lumas], strict=False)
        return [time for time, luma, before in pairs if luma > BRIGHT >= before]

    def beeps_s(self) -> list[float]:
        """When each beep begins: loud, after a quarter of a second that was not."""
        assert self.sound is not None
        loud = np.flatnonzero(np.abs(self.sound).max(axis=1) > LOUD)
        first = loud[np.diff(loud, prepend=-HZ) > HZ // 4]
        return [self.sound_starts_s + int(one) / HZ for one in first]


@dataclass(frozen=True, kw_only=True)
class Made:
    """Everything that the engine makes of a recording."""

    probe: Probe
    chunks: list[list[EncodedChunk]]
    audio: AudioLadder | None
    master: Path
    plain: Path

    def watched(self, *, keep: Sequence[int] = ()) -> tuple[Watched, Watched]:
        """Through the playlists, then as the plain file; ``keep`` names the frames to bring along whole."""
        return watch(self.master, keep=keep), watch(self.plain, keep=keep)


def make(source: Path, folder: Path, lengths: Sequence[int] | None = None, *, best_alone: bool = False) -> Made:
    """Make chunks, sound, playlists and the plain file of ``source`` within ``folder``.

    ``lengths`` cuts the film into chunks of so many segments; without it, as the planner would. ``best_alone``: of the
    rungs only the highest.
    """
    found = probed(source)
    chunks: list[list[EncodedChunk]] = []
    if found.video is not None:
        rate = ladder.grid_rate(Fraction(found.video.frame_rate))
        spans = ladder.chunk_spans(found.video.duration_ms, rate) if lengths is None else spans_of(source, lengths)
        rungs = ladder.video_rungs(found.video)[-1:] if best_alone else ladder.video_rungs(found.video)
        for span in spans:
            scratch = folder / f"chunk{span.index}"
            scratch.mkdir(parents=True)
            chunks.append(encode_chunk(source, span, rungs, scratch, found, threads=1))
    audio = None
    if found.audio is not None:
        (folder / "sound").mkdir(parents=True)
        sounds = ladder.audio_rungs(found.audio)
        audio = encode_audio(source, found, sounds[-1:] if best_alone else sounds, folder / "sound")
    master = _write_playlists(folder, chunks, audio)
    if chunks:
        (folder / "plain").mkdir()
        best = audio.rungs[-1].path if audio else None
        plain = make_progressive([rungs[-1].path for rungs in chunks], best, folder / "plain")
    else:
        assert audio
        plain = audio.progressive
    return Made(probe=found, chunks=chunks, audio=audio, master=master, plain=plain)


def _write_playlists(folder: Path, chunks: list[list[EncodedChunk]], audio: AudioLadder | None) -> Path:
    sounds, videos = [], []
    for one in audio.rungs if audio else ():
        (folder / f"{one.rung.name}.m3u8").write_text(media_playlist([_object(one, folder)], ended=True))
        bits: Any = {"peak_bps": one.peak_bps, "average_bps": one.average_bps}
        sounds.append(
            AudioRendition(uri=f"{one.rung.name}.m3u8", group=one.rung.name, codecs=one.codecs, channels=1, **bits)
        )
    for pieces in zip(*chunks, strict=True):
        rung = pieces[0].rung
        objects = [_object(piece, folder) for piece in pieces]
        (folder / f"{rung.name}.m3u8").write_text(media_playlist(objects, ended=True))
        rates: Any = {"peak_bps": max(piece.peak_bps for piece in pieces), "average_bps": pieces[0].average_bps}
        shape: Any = {"width": rung.width, "height": rung.height, "frame_rate": rung.frame_rate}
        group = sounds[-1].group if sounds else None
        videos.append(VideoVariant(uri=f"{rung.name}.m3u8", codecs=rung.codecs, audio_group=group, **rates, **shape))
    master = folder / "master.m3u8"
    master.write_text(master_playlist(videos[-1:], sounds[-1:]))
    return master


def _object(made: Any, folder: Path) -> PlaylistObject:
    return PlaylistObject(
        uri=str(made.path.relative_to(folder)),
        init_bytes=made.init_bytes,
        init_sha256=made.init_sha256,
        segments=made.segments,
    )


def watch(path: Path, *, keep: Sequence[int] = ()) -> Watched:
    """Play a playlist or a file to its end."""
    times: list[float] = []
    lumas: list[float] = []
    frames: list[NDArray[np.uint8]] = []
    pieces: list[NDArray[np.float32]] = []
    size, sound_starts_s = (0, 0), 0.0
    with av.open(str(path)) as container:
        wanted = [kind[0] for kind in (container.streams.video, container.streams.audio) if kind]
        resampler: av.AudioResampler | None = None
        for packet in container.demux(wanted):
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    size = (frame.width, frame.height)
                    times.append(frame.time or 0.0)
                    lumas.append(float(frame.to_ndarray(format="gray").mean()))
                    if len(times) - 1 in keep:
                        frames.append(frame.to_ndarray(format="rgb24").astype(np.uint8))
                elif isinstance(frame, av.AudioFrame):
                    if resampler is None:
                        layout = "stereo" if frame.layout.nb_channels > 1 else "mono"
                        resampler, sound_starts_s = av.AudioResampler("fltp", layout, HZ), frame.time or 0.0
                    pieces += [one.to_ndarray().T.astype(np.float32) for one in resampler.resample(frame)]
        if resampler is not None:
            pieces += [one.to_ndarray().T.astype(np.float32) for one in resampler.resample(None)]
    sound = np.concatenate(pieces) if pieces else None
    return Watched(times=times, lumas=lumas, frames=frames, size=size, sound=sound, sound_starts_s=sound_starts_s)
