"""The ladder against one hand-written ffmpeg command that decodes once and writes the same rungs."""

import subprocess
import time
from fractions import Fraction
from pathlib import Path

from app.media.engine import ladder
from app.media.engine.audio import encode_audio
from app.media.engine.detect import detect
from app.media.engine.ffmpeg import executable
from app.media.engine.probe import probe
from app.media.engine.video import encode_chunk
from bench.report import Report

SECONDS = 60
BUDGET = 1.1
FIRST_BUDGET = 0.15


def measure(report: Report, folder: Path) -> None:
    """Encode a minute of 720p both ways, one after the other on the same machine."""
    source = folder / "source.mp4"
    pattern = f"testsrc2=size=1280x720:rate=30:duration={SECONDS}"
    tone = f"sine=frequency=330:sample_rate=48000:duration={SECONDS}"
    _ffmpeg("-f", "lavfi", "-i", pattern, "-f", "lavfi", "-i", tone, "-c:v", "libx264", "-preset", "veryfast",
            "-pix_fmt", "yuv420p", "-c:a", "aac", "-y", str(source))  # fmt: skip
    found = probe(source, detect(source))
    assert found.video is not None
    assert found.audio is not None
    rungs = ladder.video_rungs(found.video)
    spans = ladder.chunk_spans(found.video.duration_ms, ladder.grid_rate(Fraction(found.video.frame_rate)))
    began = time.perf_counter()
    first_s = 0.0
    for span in spans:
        scratch = folder / f"chunk-{span.index}"
        scratch.mkdir()
        encode_chunk(source, span, rungs, scratch, found)
        if span.index == 0:
            (folder / "sound").mkdir()
            encode_audio(source, found, ladder.audio_rungs(found.audio), folder / "sound")
            first_s = time.perf_counter() - began
    ours_s = time.perf_counter() - began
    by_hand_s = _by_hand(folder, source, rungs, ladder.audio_rungs(found.audio))
    report.add(
        f"the whole ladder of {SECONDS} s of 720p ({len(rungs)} pictures, {len(spans)} chunks, sound)",
        f"{ours_s:.1f} s",
        yardstick=f"{ours_s / by_hand_s:.2f}× one hand-written command ({by_hand_s:.1f} s)",
        budget=f"≤ {BUDGET}×",
        met=ours_s <= BUDGET * by_hand_s,
    )
    report.add(
        "first playable: the first chunk and every rung of the sound",
        f"{first_s:.1f} s",
        yardstick=f"{first_s / ours_s:.0%} of the whole ladder",
        budget=f"≤ {FIRST_BUDGET:.0%}",
        met=first_s <= FIRST_BUDGET * ours_s,
    )


def _by_hand(
    folder: Path, source: Path, rungs: tuple[ladder.VideoRung, ...], sounds: tuple[ladder.AudioRung, ...]
) -> float:
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
    began = time.perf_counter()
    _ffmpeg(*arguments)
    return time.perf_counter() - began


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([str(executable()), "-v", "error", "-nostdin", *arguments], check=True)
