"""The ladder against one hand-written ffmpeg command that decodes once and writes the same rungs.

Everything is made as the workers make it, one task after the other, by the same functions, with the look at the content
that chooses the ladder. Each clip is a minute: a clean one (a test card), and one with grain over it, which takes every
bit that its rungs allow.
"""

import shutil
import subprocess
import time
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from app.media.engine import ladder
from app.media.engine.audio import encode_stretch
from app.media.engine.content import measure_content
from app.media.engine.detect import detect
from app.media.engine.ffmpeg import executable
from app.media.engine.probe import probe
from app.media.engine.stretches import sound_stretches
from app.media.engine.video import encode_chunk
from bench.processes import Meter
from bench.report import Report

SECONDS = 60
BUDGET = 1.1
FIRST_BUDGET = 0.15
CLIPS = {"clean": "", "noisy": ",noise=alls=10:allf=t"}


@dataclass
class Ours:
    """What our way took."""

    rungs: tuple[ladder.VideoRung, ...] = ()
    sounds: tuple[ladder.AudioRung, ...] = ()
    tasks: int = 0
    first_s: float = 0.0
    whole_s: float = 0.0
    meter: Meter = field(default_factory=Meter)


def measure(report: Report, folder: Path) -> None:
    """Encode a minute of 720p both ways, one after the other on the same machine, clean and noisy."""
    for name, grain in CLIPS.items():
        source = folder / f"{name}.mp4"
        pattern = f"testsrc2=size=1280x720:rate=30:duration={SECONDS}{grain}"
        tone = f"sine=frequency=330:sample_rate=48000:duration={SECONDS}"
        _ffmpeg("-f", "lavfi", "-i", pattern, "-f", "lavfi", "-i", tone, "-c:v", "libx264", "-preset", "veryfast",
                "-pix_fmt", "yuv420p", "-c:a", "aac", "-y", str(source))  # fmt: skip
        scratch = folder / name
        scratch.mkdir()
        ours = _ours(source, scratch)
        began = time.perf_counter()
        with Meter() as by_hand:
            _by_hand(scratch, source, ours.rungs, ours.sounds)
        by_hand_s = time.perf_counter() - began
        _say(report, name, ours, by_hand, by_hand_s)
        shutil.rmtree(scratch)


def _say(report: Report, name: str, ours: Ours, by_hand: Meter, by_hand_s: float) -> None:
    report.add(
        f"the whole ladder of {SECONDS} s of 720p, {name} ({len(ours.rungs)} pictures, sound, {ours.tasks} tasks)",
        f"{ours.whole_s:.1f} s",
        yardstick=f"{ours.whole_s / by_hand_s:.2f}× one hand-written command ({by_hand_s:.1f} s)",
        budget=f"≤ {BUDGET}×",
        met=ours.whole_s <= BUDGET * by_hand_s,
    )
    report.add(
        f"first playable, {name}: the look at it, its first chunk and stretch of sound",
        f"{ours.first_s:.1f} s",
        yardstick=f"{ours.first_s / ours.whole_s:.1%} of the whole ladder",
        budget=f"≤ {FIRST_BUDGET:.0%}",
        met=ours.first_s <= FIRST_BUDGET * ours.whole_s,
    )
    report.add(
        f"processor time of that, {name}",
        f"{ours.meter.cpu_s:.1f} s",
        yardstick=f"{ours.meter.cpu_s / by_hand.cpu_s:.2f}× the hand-written command ({by_hand.cpu_s:.1f} s)",
    )
    report.add(
        f"peak memory of it, {name}",
        f"{ours.meter.peak_bytes / 1e6:.0f} MB",
        yardstick=f"{ours.meter.peak_bytes / by_hand.peak_bytes:.2f}× the hand-written command "
        f"({by_hand.peak_bytes / 1e6:.0f} MB)",
    )


def _ours(source: Path, folder: Path) -> Ours:
    made = Ours()
    found = probe(source, detect(source))
    assert found.video is not None
    assert found.audio is not None
    spans = ladder.chunk_spans(found.video.duration_ms, ladder.grid_rate(Fraction(found.video.frame_rate)))
    made.sounds = ladder.audio_rungs(found.audio)
    rate_hz = made.sounds[0].sample_rate_hz
    first, *more = sound_stretches(found.duration_ms, rate_hz, with_picture=True)
    began = time.perf_counter()
    with made.meter:
        made.rungs = ladder.video_rungs(found.video, content=measure_content(source, found, folder))
        for span in spans:
            encode_chunk(source, span, made.rungs, _new(folder / f"chunk-{span.index}"), found)
            if span.index == 0:
                encode_stretch(source, found, made.sounds, first, _new(folder / "sound-0"))
                made.first_s = time.perf_counter() - began
        for stretch in more:
            encode_stretch(source, found, made.sounds, stretch, _new(folder / f"sound-{stretch.index}"))
        made.whole_s = time.perf_counter() - began
    made.tasks = len(spans) + 1 + len(more)
    return made


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _by_hand(
    folder: Path, source: Path, rungs: tuple[ladder.VideoRung, ...], sounds: tuple[ladder.AudioRung, ...]
) -> None:
    splits = "".join(f"[v{number}]" for number in range(len(rungs)))
    scales = ";".join(f"[v{number}]scale={rung.width}:{rung.height}[o{number}]" for number, rung in enumerate(rungs))
    arguments = ["-i", str(source), "-filter_complex", f"[0:v]split={len(rungs)}{splits};{scales}"]
    for number, rung in enumerate(rungs):
        arguments += ["-map", f"[o{number}]", "-c:v", "libx264", "-preset", "veryfast", "-crf", str(rung.crf)]
        arguments += ["-maxrate", str(rung.maxrate_bps), "-bufsize", str(rung.bufsize_bits), "-g", "60"]
        arguments += ["-movflags", "+cmaf+frag_keyframe", "-y", str(folder / f"hand-{rung.name}.mp4")]
    for sound in sounds:
        arguments += ["-map", "0:a", "-c:a", "aac", "-b:a", str(sound.bitrate_bps)]
        arguments += ["-y", str(folder / f"hand-{sound.name}.mp4")]
    _ffmpeg(*arguments)


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([str(executable()), "-v", "error", "-nostdin", *arguments], check=True)
